// Runs in the browser: what it finds is posted to the server that served it.
import { line } from "./line.mjs";

const post = (outcome) => fetch("/outcome", { method: "POST", body: JSON.stringify(outcome) });
try {
  const input = await (await fetch("/record.json")).json();
  await post({ ...(await line(input)), userAgent: navigator.userAgent });
} catch (error) {
  await post({ error: String(error?.stack ?? error) });
}
