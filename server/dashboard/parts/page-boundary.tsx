import { Alert, Button, Text } from "@mantine/core";
import { Component, type ReactNode } from "react";

interface PageBoundaryProps {
  readonly children: ReactNode;
}

/**
 * Keeps head and navigation where a page cannot be shown: its file could not be fetched, because the server is down or
 * was replaced by another version. Only a class can do so in React.
 */
export class PageBoundary extends Component<PageBoundaryProps, { readonly fault: Error | null }> {
  override state: { readonly fault: Error | null } = { fault: null };

  static getDerivedStateFromError(fault: Error): { readonly fault: Error } {
    return { fault };
  }

  override render(): ReactNode {
    const { fault } = this.state;
    if (fault === null) return this.props.children;
    return (
      <Alert color="red" title="This page could not be loaded" role="alert">
        <Text size="sm" className="weir-break">
          The server cannot be reached, or it is of another version now ({fault.message}).
        </Text>
        <Button mt="sm" size="xs" variant="default" onClick={() => window.location.reload()}>
          Load again
        </Button>
      </Alert>
    );
  }
}
