/** The part of the npm package raw-socket 1.8.1 that src/net/raw-socket.ts uses; the package has no types of its own. */

declare module 'raw-socket' {
  import type { EventEmitter } from 'node:events';

  interface Socket extends EventEmitter {
    /** The native half: recvfrom(2) into the buffer, then the callback; throws an Error with the strerror text. */
    readonly wrap: {
      recv(buffer: Buffer, callback: (buffer: Buffer, bytes: number, source: string) => void): void;
    };
    send(
      buffer: Buffer,
      offset: number,
      length: number,
      address: string,
      afterCallback: (error: Error | null, bytes: number) => void,
    ): this;
    setOption(level: number, option: number, value: Buffer, length: number): void;
    /** Fills the value. */
    getOption(level: number, option: number, value: Buffer, length: number): number;
    pauseRecv(): this;
    resumeRecv(): this;
    close(): this;
  }

  const raw: {
    readonly AddressFamily: { readonly IPv4: number; readonly IPv6: number };
    createSocket(options: { protocol: number; addressFamily: number; bufferSize: number }): Socket;
  };
  export = raw;
}
