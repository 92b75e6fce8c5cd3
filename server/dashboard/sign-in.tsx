import { Alert, Button, Card, Center, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { Session } from "./api/bodies.ts";
import { type RequestError, send } from "./api/client.ts";

const DEMO_KEY = "weir-demo";

interface SignInProps {
  readonly mode: Session["mode"];
  readonly onSignedIn: () => void;
}

/** Asks for the admin key; what was typed stays when it is refused. */
export function SignIn({ mode, onSignedIn }: SignInProps) {
  const [key, setKey] = useState(mode === "demo" ? DEMO_KEY : "");
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);

  async function signIn(event: FormEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await send<Session>("POST", "/admin/session", { key });
      onSignedIn();
    } catch (cause) {
      setError((cause as RequestError).message);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Center component="main" mih="100vh" p="md">
      <Card withBorder padding="xl" w="100%" maw={420}>
        <form onSubmit={signIn}>
          <Stack>
            <Title order={1} size="h2">
              Weir
            </Title>
            <Text c="dimmed">
              {mode === "demo"
                ? "This is the demo: every upstream is simulated. The demo key is filled in."
                : "Sign in with the admin key: WEIR_ADMIN_KEY, or the one that was printed at the first start."}
            </Text>
            <PasswordInput
              label={mode === "demo" ? "Demo key" : "Admin key"}
              value={key}
              onChange={(event) => setKey(event.currentTarget.value)}
              autoComplete="current-password"
              required
              data-autofocus
            />
            {error === null ? null : (
              <Alert color="red" role="alert">
                {error}
              </Alert>
            )}
            <Button type="submit" loading={isBusy}>
              Sign in
            </Button>
          </Stack>
        </form>
      </Card>
    </Center>
  );
}
