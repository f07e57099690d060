// Runs in the browser: what it finds is posted to the server that served it.
import { line } from "./line.mjs";

const post = (outcome) => fetch("/outcome", { method: "POST", body: JSON.stringify(outcome) });
try {
  await post({ ...(await line()), userAgent: navigator.userAgent });
} catch (error) {
  await post({ error: String(error?.stack ?? error) });
}
