import { Center, Loader } from "@mantine/core";
import { useEffect } from "react";
import { Router } from "wouter";
import type { Session } from "./api/bodies.ts";
import { SIGNED_OUT } from "./api/client.ts";
import { useHashLocation } from "./api/hash-location.ts";
import { useApi } from "./api/use-api.ts";
import { Fault } from "./parts/states.tsx";
import { Shell } from "./shell.tsx";
import { SignIn } from "./sign-in.tsx";

/** The key's page until somebody signed in, then the pages. */
export function App() {
  const { data, error, mutate } = useApi<Session>("/admin/session");
  useEffect(() => {
    const onSignedOut = () => void mutate();
    window.addEventListener(SIGNED_OUT, onSignedOut);
    return () => window.removeEventListener(SIGNED_OUT, onSignedOut);
  }, [mutate]);
  if (data === undefined) {
    return (
      <Center h="100vh" p="md">
        {error === undefined ? <Loader aria-label="loading" /> : <Fault error={error} onRetry={() => void mutate()} />}
      </Center>
    );
  }
  if (!data.signed_in) return <SignIn mode={data.mode} onSignedIn={() => void mutate()} />;
  return (
    <Router hook={useHashLocation}>
      <Shell mode={data.mode} onSignedOut={() => void mutate()} />
    </Router>
  );
}
