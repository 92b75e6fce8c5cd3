import { Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { send, withQuery } from "../../api/client.ts";
import { useApi } from "../../api/use-api.ts";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import type { SwitchBody } from "./activation-body.ts";

/** Activates a route that the configuration observes, or takes that back. */
export function ActivateButton({ route }: { readonly route: string }) {
  const { data } = useApi<SwitchBody>(withQuery("/admin/activation/switch", { route }));
  const [reason, setReason] = useState("");
  if (data === undefined || (data.configured === "active" && data.switched === null)) return null;
  if (!data.allowed) {
    return (
      <Text size="sm" c="dimmed">
        It cannot be activated here: {data.because}.
      </Text>
    );
  }
  if (data.switched !== null) {
    return (
      <ConfirmButton
        label="Deactivate"
        about={route}
        act={() => send("POST", "/admin/activation/deactivate", { route })}
      >
        The incumbent serves every request again, and the route is observed as the configuration says. The ramp is at
        its beginning when it is activated anew.
      </ConfirmButton>
    );
  }
  const override = reason.trim() === "" ? {} : { override: reason };
  return (
    <ConfirmButton
      label="Activate"
      about={route}
      color="cyan.9"
      variant="filled"
      act={() => send("POST", "/admin/activation/activate", { route, ...override })}
    >
      <Stack gap="sm">
        <Text size="sm">
          {data.certified
            ? "The certificate holds, so the ramp begins"
            : "No certificate holds. With a reason the ramp begins all the same"}
          : 1%, then 10%, 50% and 100% of the sessions that are not held back are routed, each for a day and 100
          requests at least, unless weir.yaml has another ramp. It goes back by itself when quality, errors or latency
          get worse, and the kill switch ends it at once.
        </Text>
        {data.certified ? null : (
          <TextInput
            label="Reason"
            description="why it is routed without a certificate; shown wherever the route is"
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            maxLength={500}
            required
          />
        )}
      </Stack>
    </ConfirmButton>
  );
}
