// The page to try queries on: GraphiQL with a first look in two languages, and a choice of whom to
// sign in as, which is written into the headers of each tab.
"use strict";

const TOKEN = "Bearer demo-";
// Where the browser keeps who was chosen: GraphiQL keeps headers only half a second later, and not
// those that are set before it listens.
const CHOSEN = "mandate:person";
const element = React.createElement;

// The headers of a tab with another person, or with nobody; what else is there stays.
function withPerson(headers, id) {
  let all = {};
  try {
    all = JSON.parse(headers || "{}");
  } catch {
    // What cannot be read is begun anew.
  }
  delete all.authorization;
  delete all.Authorization;
  const own = id ? { Authorization: TOKEN + id } : {};
  return JSON.stringify({ ...own, ...all }, null, 2);
}

// Whom the headers of a tab sign in: "" for nobody, undefined for what is no demonstration token.
function personIn(headers) {
  try {
    const all = JSON.parse(headers || "{}");
    const value = all.Authorization ?? all.authorization ?? TOKEN;
    return value.startsWith(TOKEN) ? value.slice(TOKEN.length) : undefined;
  } catch {
    return undefined;
  }
}

// Who was chosen on this page: it is drawn anew once the schema is there.
let chosenHere;

function SignIn({ people }) {
  const { headerEditor, tabs, activeTabIndex, updateActiveTabValues } =
    GraphiQL.React.useEditorContext();
  const [chosen, choose] = React.useState(chosenHere);
  const headers = tabs[activeTabIndex].headers;
  // Whoever was chosen is chosen in every tab.
  React.useEffect(() => {
    if (!headerEditor || chosen === undefined) return undefined;
    const value = withPerson(headerEditor.getValue(), chosen);
    headerEditor.setValue(value);
    updateActiveTabValues({ headers: value });
    // GraphiQL fills the editors of a tab while React draws, and once more where React begins the
    // drawing anew: that may come after this effect, and wrote the person of before. What people
    // write themselves has another origin.
    const keep = (editor, changes) => {
      const written = editor.getValue();
      const filled = changes.some((change) => change.origin === "setValue");
      if (filled && personIn(written) !== chosen) editor.setValue(withPerson(written, chosen));
    };
    headerEditor.on("changes", keep);
    return () => headerEditor.off("changes", keep);
  }, [headerEditor, activeTabIndex, chosen]);
  const now = personIn(headers);
  const options = people.map((one) => {
    const roles = one.roles.length ? ` — ${one.roles.join(", ")}` : "";
    return element("option", { key: one.id, value: one.id }, `${one.name} ${one.id}${roles}`);
  });
  options.unshift(element("option", { key: "", value: "" }, "公众 the public"));
  if (now === undefined || (now && !people.some((one) => one.id === now))) {
    options.unshift(element("option", { key: "?", value: now ?? "?", disabled: true }, now ?? "…"));
  }
  const change = (event) => {
    chosenHere = event.target.value;
    localStorage.setItem(CHOSEN, chosenHere);
    choose(chosenHere);
  };
  const select = element("select", { value: now ?? "?", onChange: change }, options);
  return element("label", { className: "sign-in" }, "登录身份 Sign in as", select);
}

// The query that a link leads here with; a link is followed once, not at each reload.
function queryOfLink() {
  const query = new URLSearchParams(location.search).get("query") ?? undefined;
  history.replaceState(null, "", location.pathname);
  return query;
}

// The headers of whoever was signed in last; a token that was written by hand stays as it is.
function lastHeaders(first) {
  const kept = localStorage.getItem("graphiql:headers") ?? first;
  const chosen = localStorage.getItem(CHOSEN);
  return chosen === null || personIn(kept) === undefined ? kept : withPerson(kept, chosen);
}

// What a first look has in its tabs, the query of a link before all else.
function firstTabs(headers, asked) {
  const scripts = [...document.querySelectorAll("script[type='application/graphql']")];
  const queries = scripts.map((script) => script.textContent.trim() + "\n");
  return [...(asked ? [asked] : []), ...queries].map((query) => ({ query, headers }));
}

// What the tab held that was open last: GraphiQL opens another one with the same query where what it
// keeps of the tab, and what it keeps of the editors, differ, and shows headers there that are not the tab's.
function openTab() {
  try {
    const { tabs, activeTabIndex } = JSON.parse(localStorage.getItem("graphiql:tabState"));
    const { query, variables, headers } = tabs[activeTabIndex];
    return { query: query ?? undefined, variables: variables ?? undefined, headers: headers ?? undefined };
  } catch {
    return {};
  }
}

async function show() {
  // A server that does not tell who there is still has a page.
  const asked = await fetch("graphiql/people").catch(() => undefined);
  const people = asked?.ok ? await asked.json() : [];
  const language = JSON.stringify({ "Accept-Language": navigator.language });
  const headers = withPerson(language, people[0]?.id ?? "ID");
  const linked = queryOfLink();
  const url = new URL("graphql", location.href);
  const socket = new URL(url);
  socket.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const fetcher = GraphiQL.createFetcher({ url: url.href, subscriptionUrl: socket.href });
  const settings = {
    fetcher,
    defaultTabs: firstTabs(headers, linked),
    defaultHeaders: headers,
    defaultEditorToolsVisibility: "headers",
    shouldPersistHeaders: true,
  };
  if (linked) {
    // A tab of its own, signed in as before.
    settings.query = linked;
    settings.headers = lastHeaders(headers);
  } else {
    Object.assign(settings, openTab());
  }
  const place = element(GraphiQL.Logo, null, element(SignIn, { people }));
  const root = ReactDOM.createRoot(document.getElementById("page"));
  root.render(element(GraphiQL, settings, place));
}

show();
