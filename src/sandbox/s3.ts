/** An S3 store in this process: fauxqs keeps the objects, the gate before it says who may read and write them. */
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildApp } from 'fauxqs';
import { gateOf } from './s3-gate.ts';

export type S3Options = {
  /** 0, the default, takes a free one. */
  port?: number;
  bucket?: string;
  /** Refuse ACLs, as new buckets at AWS do. Default false. */
  ownerEnforced?: boolean;
  /** Asked at each request: `unavailable` answers 503, `cut` ends the connection without an answer. */
  fault?: (request: IncomingMessage) => 'unavailable' | 'cut' | null;
};

export type S3StandIn = {
  /** Plain http; the client must use path style (`forcePathStyle`), so that an object is at `endpoint/bucket/key`. */
  endpoint: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** Exists already. */
  bucket: string;
  close(): Promise<void>;
};

const SLOW_DOWN =
  '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>';

/** Resolves when it listens on 127.0.0.1. Objects are held in memory; one PUT may carry 11 MB, larger ones need a multipart upload. */
export async function startS3(options: S3Options = {}): Promise<S3StandIn> {
  const { port = 0, bucket = 'faultline-documents', ownerEnforced = false } = options;
  const accessKeyId = 'SANDBOXKEY';
  const secretAccessKey = 'sandbox-secret';
  const app = buildApp({ logger: false });
  await app.ready();
  await app.inject({ method: 'PUT', url: `/${bucket}` }); // goes past the gate

  const gate = gateOf({ secrets: new Map([[accessKeyId, secretAccessKey]]), ownerEnforced, now: Date.now });
  const listeners = app.server.listeners('request');
  app.server.removeAllListeners('request');
  app.server.on('request', (request, response) => {
    const fault = options.fault?.(request) ?? null;
    if (fault === 'cut') return void request.socket.destroy();
    if (fault === 'unavailable') return void response.writeHead(503, { 'content-type': 'application/xml' }).end(SLOW_DOWN);
    gate(request, response, () => {
      for (const listener of listeners) listener.call(app.server, request, response);
    });
  });
  await app.listen({ port, host: '127.0.0.1' });
  return {
    endpoint: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`,
    region: 'eu-west-2',
    accessKeyId,
    secretAccessKey,
    bucket,
    close: async () => {
      await app.close();
    },
  };
}
