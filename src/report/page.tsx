import type { ComponentChildren } from "preact";
import { renderToStaticMarkup } from "preact-render-to-string";
import { safeText } from "./safe-text.js";
import { STYLE } from "./style.js";

/** A whole document around `children`; it holds no script, and its content security policy says so. */
export function renderPage(title: string, children: ComponentChildren): string {
  const page = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"
        />
        <title>{safeText(title)}</title>
        <style>{STYLE}</style>
      </head>
      <body>{children}</body>
    </html>
  );
  return `<!doctype html>\n${renderToStaticMarkup(page)}\n`;
}
