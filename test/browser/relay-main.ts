/**
 * A door into a namespace: takes connections on a unix socket, which lies in the folder that both sides see, and carries each to a TCP
 * address inside.
 *
 *     node relay-main.js SOCKET PORT
 */

import { connect, createServer } from 'node:net';

const [path = '', port = ''] = process.argv.slice(2);

const server = createServer(outside => {
  const inside = connect({ host: '127.0.0.1', port: Number(port) });
  const end = (): void => {
    outside.destroy();
    inside.destroy();
  };
  for (const socket of [outside, inside]) socket.on('error', end).on('close', end);
  outside.pipe(inside).pipe(outside);
});
server.listen(path, () => process.stdout.write('ready\n'));
