/** What the reference of every setting says beside the schema: how to read it, defaults that depend on something, and examples. */

export const INTRODUCTION = `
# Every setting

Made of the schema by \`npm run reference\`: what stands here is what Locum reads. \`locum check\` shows what a node would use and where each
value comes from; \`locum check --schema\` prints the same as a JSON Schema for an editor.

Every setting has one path and three spellings. In the YAML file (\`/etc/locum/locum.yaml\`, or \`--config\`, or \`LOCUM_CONFIG\`) the path is
nested names; as a label on the proxy it follows \`locum.\`; in the environment \`__\` stands for the dot and \`_\` for the hyphen. Defaults <
file < labels < environment. **NAME** is a name that you choose: up to 32 lower-case letters and digits, words joined by single hyphens.

With one virtual router its settings need no name: \`vrid: 51\`, \`locum.vrid=51\` and \`LOCUM_VRID=51\` mean \`vrrp.default.vrid\`, or the router
that is named elsewhere. \`track\` is not one of them: alone it means the trackers themselves.

A time has its unit: \`us\`, \`ms\`, \`s\`, \`m\` or \`h\`. A list is written as one in the file, and with commas between its items in a label or a
variable. \`no\` under label: an image brings labels too, so what runs here, who is told, and how the engine is reached cannot be one.
`;

/** By path, in Markdown. */
export const OTHER_DEFAULTS: Readonly<Record<string, string>> = {
  'vrrp.NAME.auth.type': '`none`',
  'track.NAME.timeout': 'as `interval`',
};

/** By the path of the group and the type, as YAML that loads. */
export const EXAMPLES: Readonly<Record<string, string>> = {
  'track.NAME process': `
track:
  nginx: {type: process, name: nginx, weight: -30}`,
  'track.NAME docker': `
track:
  web: {type: docker, container: web, fail-on: [stopped, unhealthy], weight: -30}`,
  'track.NAME http': `
track:
  site: {type: http, url: "https://www.example.com/health", connect: "198.18.51.100:443", contains: ok, fall: 2, weight: -30}`,
  'track.NAME tcp': `
track:
  database: {type: tcp, address: "127.0.0.1:5432", weight: -20}`,
  'track.NAME exec': `
track:
  own: {type: exec, command: [/usr/local/bin/check, --fast], interval: 5s, weight: -20}`,
  'track.NAME interface': `
track:
  uplink: {type: interface, interface: eth1}`,
  'track.NAME file': `
track:
  points: {type: file, path: /run/locum/points, weight: -1}`,
  'track.NAME ping': `
track:
  gateway: {type: ping, address: 198.18.51.254, count: 3, replies: 1, weight: -40}`,
  'track.NAME nginx': `
track:
  status: {type: nginx, url: "http://127.0.0.1:9180/nginx_status", max-connections: 5000, weight: -30}`,
  'track.NAME upstreams': `
track:
  backends: {type: upstreams, upstream: app, min-share: 50%, weight: -30}`,
  'notify.NAME exec': `
notify:
  pager: {type: exec, command: [/usr/local/bin/tell, --team, web], states: [master, fault]}`,
  'notify.NAME webhook': `
notify:
  chat: {type: webhook, url: "https://hooks.example.com/locum", secret-file: /run/secrets/locum-hook}`,
  'vrrp.NAME.auth hmac': `
vrrp:
  web:
    vrid: 51
    vip: 198.18.51.100/24
    auth:
      type: hmac
      keys: {1: "hex:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"}    # of your own: openssl rand -hex 32`,
};
