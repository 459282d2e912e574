import { render } from "preact";
import { App } from "./app";
import { applyChoices } from "./choices";
import { listenToKeys } from "./keys";
import { begin } from "./live";
import { followAddress } from "./route";
import "./style/base.css";
import "./style/frame.css";
import "./style/pictures.css";
import "./style/lists.css";
import "./style/pages.css";

applyChoices();
followAddress();
listenToKeys();
begin();
const root = document.getElementById("app");
if (root) render(<App />, root);
