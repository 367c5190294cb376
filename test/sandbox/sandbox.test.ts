import { connect } from 'node:net';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { createTransport } from 'nodemailer';
import { expect, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/sandbox.ts';

test('the stand-ins work together: V3 reads a document that S3 made public, and replies are caught', async () => {
  const before = Date.now();
  const { imap, smtp, s3, v3, sent, close } = await startSandbox();
  imap.deliver(Buffer.from('Subject: No heating\r\n\r\nNo heating.'));
  expect(imap.folders()).toMatchObject([{ path: 'INBOX', mails: [{ uid: 1 }] }]);

  const { endpoint, region, accessKeyId, secretAccessKey, bucket: Bucket } = s3;
  const client = new S3Client({ endpoint, region, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } });
  await client.send(new PutObjectCommand({ Bucket, Key: 'photo.jpg', Body: Buffer.alloc(2_000, 1), ContentType: 'image/jpeg' }));
  const URL = await getSignedUrl(client, new GetObjectCommand({ Bucket, Key: 'photo.jpg' }), { expiresIn: 60 });
  const submit = (ExternalID: string, url: string) =>
    fetch(`${v3.url}/v3/maintenance/brightkeys/maintenance/0042/createmaintenancejob`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', api_key: v3.apiKey },
      body: JSON.stringify({
        ExternalID,
        ReportedAt: '2026-03-03T09:15:00Z',
        IssueTitle: 'No heating',
        TenantPhonePrimary: '07400 123456',
        Documents: [{ MimeType: 'image/jpeg', URL: url }],
      }),
    });
  expect((await submit('PRIVATE', `${endpoint}/${Bucket}/photo.jpg`)).status).toBe(400);
  expect((await submit('SIGNED', URL)).status).toBe(200);
  expect(v3.jobs).toMatchObject([{ job: { ExternalID: 'SIGNED' }, documents: [{ contentType: 'image/jpeg', totalBytes: 2_000 }] }]);

  await createTransport({ host: smtp.host, port: smtp.port }).sendMail({
    from: 'a@brightkeys.example',
    to: 'b@tenant.example',
    text: 'Logged.',
  });
  expect(sent).toMatchObject([{ from: 'a@brightkeys.example', to: ['b@tenant.example'] }]);
  expect(sent[0]?.raw.toString()).toContain('Logged.');
  expect(sent[0]?.at).toBeGreaterThanOrEqual(before);

  client.destroy();
  await close();
  const ports = [imap.port, smtp.port, ...[s3.endpoint, v3.url].map((url) => Number(url.split(':').at(-1)))];
  expect(await Promise.all(ports.map(answers))).toEqual([false, false, false, false]);
});

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
