import {
  ActionIcon,
  AppShell,
  Badge,
  Box,
  Burger,
  Button,
  Group,
  NavLink,
  ScrollArea,
  Stack,
  Text,
  Tooltip,
  useMantineColorScheme,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Suspense, useEffect } from "react";
import { Link, Redirect, Route, Switch, useLocation } from "wouter";
import type { Home, Session } from "./api/bodies.ts";
import { send } from "./api/client.ts";
import { useApi } from "./api/use-api.ts";
import { useLive } from "./api/use-live.ts";
import { PAGES } from "./pages.tsx";
import { PageBoundary } from "./parts/page-boundary.tsx";
import { Waiting } from "./parts/states.tsx";

const GROUPS = [...new Set(PAGES.map(({ group }) => group))];

interface ShellProps {
  readonly mode: Session["mode"];
  readonly onSignedOut: () => void;
}

/** Head, navigation and the page that the address names. */
export function Shell({ mode, onSignedOut }: ShellProps) {
  const [isOpen, { toggle, close }] = useDisclosure(false);
  const [location] = useLocation();
  const isConnected = useLive(true);
  const { data: home } = useApi<Home>("/?format=json");
  const page = PAGES.find(({ path }) => isAt(location, path));
  useEffect(() => {
    document.title = page === undefined ? "Weir" : `${page.title} · Weir`;
    close();
  }, [page, close]);

  async function signOut(): Promise<void> {
    await send("DELETE", "/admin/session").catch(() => {});
    onSignedOut();
  }

  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 210, breakpoint: "sm", collapsed: { mobile: !isOpen } }}
      padding="md"
    >
      <button type="button" className="weir-skip" onClick={skip}>
        Skip to the page
      </button>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={isOpen} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="navigation" />
            <Box component="img" src="./weir.svg" alt="" w={26} h={26} visibleFrom="xs" />
            <Text fw={700} size="lg">
              Weir
            </Text>
            {mode === "demo" ? (
              <Badge color="yellow.4" flex="none" title="No vendor is asked: upstreams answer from this machine">
                simulated
              </Badge>
            ) : null}
          </Group>
          <Group gap="xs" wrap="nowrap">
            <Tooltip label={isConnected ? "Figures follow what happens" : "Not connected: figures may be old"}>
              <Badge variant="dot" color={isConnected ? "green" : "gray"} visibleFrom="sm">
                {isConnected ? "live" : "offline"}
              </Badge>
            </Tooltip>
            <SchemeToggle />
            <Button variant="default" size="xs" onClick={() => void signOut()}>
              Sign out
            </Button>
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" component="nav" aria-label="pages">
        <AppShell.Section grow component={ScrollArea}>
          {GROUPS.map((group) => (
            <Stack key={group} gap={2} mb="sm">
              <Text size="xs" fw={600} c="dimmed" px="sm" tt="uppercase">
                {group}
              </Text>
              {PAGES.filter((entry) => entry.group === group).map(({ path, title }) => (
                <NavLink
                  key={path}
                  component={Link}
                  href={path}
                  label={title}
                  active={isAt(location, path)}
                  aria-current={isAt(location, path) ? "page" : undefined}
                />
              ))}
            </Stack>
          ))}
        </AppShell.Section>
        <AppShell.Section p="xs">
          <Text size="xs" c="dimmed">
            {home === undefined ? "" : `Weir ${home.version}, router ${home.router.name} ${home.router.version}`}
          </Text>
        </AppShell.Section>
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1}>
        <PageBoundary key={page?.path}>
          <Suspense fallback={<Waiting />}>
            <Switch>
              {PAGES.map(({ path, Page }) => (
                <Route key={path} path={`${path}/*?`} component={Page} />
              ))}
              <Route>
                <Redirect to={PAGES[0]!.path} />
              </Route>
            </Switch>
          </Suspense>
        </PageBoundary>
      </AppShell.Main>
    </AppShell>
  );
}

/** A link would change the address behind the #, which names the page. */
function skip(): void {
  document.getElementById("main")?.focus();
}

function isAt(location: string, path: string): boolean {
  return location === path || location.startsWith(`${path}/`) || location.startsWith(`${path}?`);
}

function SchemeToggle() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const next = { auto: "light", light: "dark", dark: "auto" } as const;
  const label = `Colours: ${colorScheme}. Change to ${next[colorScheme]}`;
  return (
    <Tooltip label={label}>
      <ActionIcon variant="default" aria-label={label} onClick={() => setColorScheme(next[colorScheme])}>
        {{ auto: "◐", light: "☀", dark: "☾" }[colorScheme]}
      </ActionIcon>
    </Tooltip>
  );
}
