/** An HTTPS server under a host name of its own before another server: with a certificate that has expired, until it gets a good one. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { HOST, runToEnd } from './daemon.ts';

export type HttpsFront = {
  port: number;
  /** The PEM file of the authority that signed its certificates. */
  authority: string;
  /** TCP connections, with those that TLS ended. */
  connections(): number;
  /** Requests that came through. */
  requests(): number;
  /** From the next connection on. */
  use(certificate: 'expired' | 'good'): void;
  close(): Promise<void>;
};

const DAY_MS = 86_400_000;

/** Passes every request on to `target`. */
export async function startHttpsFront(folder: string, hostName: string, target: string): Promise<HttpsFront> {
  const authority = await makeAuthority(folder);
  const now = Date.now();
  const certificates = {
    expired: await makeCertificate(folder, hostName, new Date(now - 30 * DAY_MS), new Date(now - DAY_MS)),
    good: await makeCertificate(folder, hostName, new Date(now - DAY_MS), new Date(now + DAY_MS)),
  };
  let [connections, requests] = [0, 0];
  const server = createServer(certificates.expired, (incoming, response) => {
    requests += 1;
    const onward = request(new URL(incoming.url ?? '', target), { method: incoming.method, headers: incoming.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    incoming.pipe(onward);
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    authority,
    connections: () => connections,
    requests: () => requests,
    use: (which) => server.setSecureContext(certificates[which]),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

async function makeAuthority(folder: string): Promise<string> {
  mkdirSync(join(folder, 'issued'));
  writeFileSync(join(folder, 'index.txt'), '');
  writeFileSync(
    join(folder, 'ca.cnf'),
    `[ca]
default_ca = ours
[ours]
database = ${folder}/index.txt
new_certs_dir = ${folder}/issued
certificate = ${folder}/authority.pem
private_key = ${folder}/authority.key
default_md = sha256
rand_serial = yes
unique_subject = no
copy_extensions = copy
policy = any
[any]
commonName = supplied
`,
  );
  const authority = join(folder, 'authority.pem');
  const place = ['-keyout', join(folder, 'authority.key'), '-out', authority];
  await runToEnd('openssl', ['req', '-x509', ...KEY, '-days', '2', '-subj', '/CN=Authority of a test', ...place]);
  return authority;
}

async function makeCertificate(folder: string, hostName: string, from: Date, to: Date): Promise<{ key: Buffer; cert: Buffer }> {
  const [key, asked, cert] = ['key', 'csr', 'pem'].map((ending) => join(folder, `${to.getTime()}.${ending}`)) as [string, string, string];
  const subject = ['-subj', `/CN=${hostName}`, '-addext', `subjectAltName=DNS:${hostName}`];
  await runToEnd('openssl', ['req', '-new', ...KEY, ...subject, '-keyout', key, '-out', asked]);
  const [startdate, enddate] = [from, to].map(asn1Time) as [string, string];
  const life = ['-startdate', startdate, '-enddate', enddate];
  await runToEnd('openssl', ['ca', '-batch', '-notext', '-config', join(folder, 'ca.cnf'), ...life, '-in', asked, '-out', cert]);
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

/** YYYYMMDDHHMMSSZ */
function asn1Time(time: Date): string {
  return `${time.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;
}
