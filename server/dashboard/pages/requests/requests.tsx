import { Route, Switch } from "wouter";
import { RequestList } from "./request-list.tsx";
import { RequestStory } from "./request-story.tsx";

/** The log: a list that can be searched, and the story of one request. */
export default function Requests() {
  return (
    <Switch>
      <Route path="/requests/:id">{({ id }) => <RequestStory id={id} />}</Route>
      <Route>
        <RequestList />
      </Route>
    </Switch>
  );
}
