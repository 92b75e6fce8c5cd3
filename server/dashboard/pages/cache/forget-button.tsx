import { Select, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import type { KeyBody } from "../../../keys/key-body.ts";
import type { Home } from "../../api/bodies.ts";
import { send, withQuery } from "../../api/client.ts";
import { useApi } from "../../api/use-api.ts";
import { count } from "../../format.ts";
import { ConfirmButton } from "../../parts/confirm-button.tsx";

const WHOSE = [
  { value: "all", label: "everybody's" },
  { value: "route", label: "of a route" },
  { value: "tenant", label: "of a tenant" },
  { value: "key_id", label: "of a key without tenant" },
];

/** Forgets kept answers: all, or those of somebody. */
export function ForgetButton({ onForgotten }: { readonly onForgotten: (text: string) => void }) {
  const [whose, setWhose] = useState("all");
  const [who, setWho] = useState("");
  const { data: home } = useApi<Home>("/?format=json");
  const { data: keys } = useApi<{ readonly keys: readonly KeyBody[] }>("/admin/keys");
  const choices =
    whose === "route"
      ? (home?.routes ?? []).map((name) => ({ value: name, label: name }))
      : (keys?.keys ?? []).map(({ id, name }) => ({ value: id, label: name }));
  return (
    <ConfirmButton
      label="Forget answers"
      act={async () => {
        const { cleared } = await send<{ readonly cleared: number }>(
          "DELETE",
          withQuery("/admin/cache", whose === "all" ? {} : { [whose]: who }),
        );
        onForgotten(`${count(cleared)} answers are forgotten.`);
      }}
    >
      <Stack gap="sm">
        <Text size="sm">What is forgotten is paid for again with the next request of its kind.</Text>
        <Select
          label="Whose"
          data={WHOSE}
          value={whose}
          onChange={(value) => {
            setWhose(value ?? "all");
            setWho("");
          }}
          allowDeselect={false}
        />
        {whose === "all" ? null : whose === "tenant" ? (
          <TextInput
            label="Tenant"
            description="as keys or requests name it"
            value={who}
            onChange={({ currentTarget }) => setWho(currentTarget.value)}
          />
        ) : (
          <Select
            label={whose === "route" ? "Route" : "Key"}
            data={choices}
            value={who === "" ? null : who}
            onChange={(value) => setWho(value ?? "")}
          />
        )}
      </Stack>
    </ConfirmButton>
  );
}
