import { Anchor, Code, Stack, Text } from "@mantine/core";
import { Link } from "wouter";

/** How a request gets here, with this server's own address. */
export function FirstRequest() {
  const { origin } = window.location;
  const body = '{"model": "weir/auto", "messages": [{"role": "user", "content": "Hello"}]}';
  return (
    <Stack gap="xs">
      <Text>
        Point any OpenAI, Anthropic or Gemini client at this server and ask for the model <code>weir/auto</code>; a{" "}
        <Anchor component={Link} href="/keys" underline="always">
          key
        </Anchor>{" "}
        made here lets it in. Or try a prompt in the{" "}
        <Anchor component={Link} href="/playground" underline="always">
          playground
        </Anchor>
        .
      </Text>
      <Code block className="weir-text">
        {`curl ${origin}/v1/chat/completions -H 'authorization: Bearer sk-weir-...' -H 'content-type: application/json' -d '${body}'`}
      </Code>
    </Stack>
  );
}
