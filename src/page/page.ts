/**
 * The status page as one HTML text: read-only, without anything from elsewhere. Its script and style are made by the build
 * (`bundle.mjs`) and stand inside, named by their hashes in the Content-Security-Policy (W3C CSP Level 3), so that nothing else runs, whatever
 * a label or a peer says. The status itself comes by `live`, beside the page.
 */

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';

interface Made {
  readonly html: string;
  readonly scriptHash: string;
  readonly styleHash: string;
}

let made: Made | undefined;

/** The whole page; the same for everybody and at all times. One that says so where the build did not make its parts. */
export function pageHtml(): string {
  return make().html;
}

/**
 * The policy that the page is sent with.
 *
 * @param peerPages base URLs of the other nodes' views, to whose `live` the page may connect; what is no URL is left out.
 */
export function pagePolicy(peerPages: readonly string[]): string {
  const { scriptHash, styleHash } = make();
  const origins = peerPages.filter(url => URL.canParse(url)).map(url => new URL(url).origin);
  return [
    "default-src 'none'",
    `script-src '${scriptHash}'`,
    `style-src '${styleHash}'`,
    ['connect-src', "'self'", ...new Set(origins)].join(' '),
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function make(): Made {
  made ??= assemble(asset('page.js') ?? WITHOUT_SCRIPT, asset('style.css') ?? '');
  return made;
}

/** Compiled without `npm run build`, a folder has no assets. */
const WITHOUT_SCRIPT =
  "document.body.textContent = 'This build of Locum has no status page: npm run build makes it.'";

function asset(name: string): string | undefined {
  const place = new URL(`assets/${name}`, import.meta.url);
  return existsSync(place) ? readFileSync(place, 'utf8').trim() : undefined;
}

function assemble(script: string, style: string): Made {
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Locum</title>
<link rel="icon" href="${ICON}">
<style>${style}</style>
</head>
<body>
<div id="page"><noscript><p>This page is drawn by a script. Without one, <a href="status">status</a> has the same as JSON.</p></noscript></div>
<script type="module">${script}</script>
</body>
</html>
`;
  return { html, scriptHash: hashOf(script), styleHash: hashOf(style) };
}

/** Two discs, one standing in for the other. */
const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="6" cy="8" r="5" fill="#0f766e"/><circle cx="10" cy="8" r="4.5" fill="none" stroke="#64748b"/></svg>',
)}`;

const hashOf = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`;
