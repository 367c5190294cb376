import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DirectoryNews, loadDirectory, openDirectory } from '../../../src/adapters/directory/csv.ts';

const BRANCHES = new Set(['leeds', 'york']);
let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'faultline-directory-'));
  file = join(folder, 'tenants.csv');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a tenant is found by email in any case, with lines and postcode of the address told apart', async () => {
  writeFileSync(
    file,
    'Email,Name,Phone,Address,Branch\r\nSam@Mail.example,Mr Sam Okafor,07400 123001,"Flat 2, 5 Elm Road, Leeds LS6 2AB",leeds\r\n',
  );
  const directory = await openDirectory(file, BRANCHES, () => undefined);
  directory.close();
  expect(directory.find(' sam@mail.EXAMPLE')).toEqual([
    {
      email: 'sam@mail.example',
      name: 'Mr Sam Okafor',
      phone: '07400 123001',
      address: ['Flat 2', '5 Elm Road', 'Leeds'],
      postcode: 'LS6 2AB',
      branch: 'leeds',
      line: 2,
    },
  ]);
  expect(directory.find('nobody@mail.example')).toEqual([]);
});

test('bad rows are reported with the line on which they begin, and the others are used', async () => {
  writeFileSync(
    file,
    [
      '\ufeffemail;tel;postcode;branch;address',
      'a@mail.example;07400 123001;LS6 2AB;leeds;"5 Elm Road',
      'Leeds"',
      ';07400 123002;;;',
      'not an email;;;;',
      'b@mail.example;12;;;',
      'c@mail.example;;ZZ99 9ZZ;;',
      'd@mail.example;;;paris;',
      'e@mail.example;0113 496 0001;;york;',
      '',
    ].join('\n'),
  );
  const { rows, bad, tenants } = await loadDirectory(file, BRANCHES);
  expect(rows).toBe(2);
  expect([...tenants.keys()]).toEqual(['a@mail.example', 'e@mail.example']);
  expect(tenants.get('a@mail.example')?.[0]).toMatchObject({ address: ['5 Elm Road', 'Leeds'], line: 2 });
  expect(bad).toEqual([
    { line: 4, why: 'no email' },
    { line: 5, why: 'the email is none' },
    { line: 6, why: 'the phone is no number that can be rung' },
    { line: 7, why: 'the postcode is none' },
    { line: 8, why: 'no branch of the configuration has this name' },
  ]);
});

test('a file without a column for the email, or no file at all, is an error that says so', async () => {
  writeFileSync(file, 'name,phone\nSam,07400 123001\n');
  await expect(loadDirectory(file, BRANCHES)).rejects.toThrow('the first line has no column email; it has: name, phone');
  writeFileSync(file, '');
  await expect(loadDirectory(file, BRANCHES)).rejects.toThrow('the file is empty');
  await expect(loadDirectory(join(folder, 'gone.csv'), BRANCHES)).rejects.toThrow('ENOENT');
});

test('a change is taken over; a file that cannot be used any more leaves what was loaded', async () => {
  writeFileSync(file, 'email,phone\na@mail.example,07400 123001\n');
  const news: DirectoryNews[] = [];
  const directory = await openDirectory(file, BRANCHES, (one) => news.push(one), 20);
  const until = async (holds: () => boolean) => {
    for (let round = 0; round < 750 && !holds(); round += 1) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(holds()).toBe(true);
  };
  writeFileSync(file, 'email,phone\na@mail.example,07400 123002\nb@mail.example,07400 123003\n');
  await until(() => directory.find('a@mail.example')[0]?.phone === '07400 123002');
  writeFileSync(file, 'nothing of use here\n');
  await until(() => news.at(-1)?.is === 'failed');
  expect(directory.find('b@mail.example')).toHaveLength(1);
  rmSync(file);
  await until(() => news.filter(({ is }) => is === 'failed').length === 2);
  expect(directory.find('b@mail.example')).toHaveLength(1);
  directory.close();
});

test('a hundred thousand rows are loaded within seconds', { timeout: 60_000 }, async () => {
  const rows = Array.from(
    { length: 100_000 },
    (_, n) =>
      `tenant${n}@mail.example,"Okafor, Sam ${n}",07400 123${String(n % 1000).padStart(3, '0')},"Flat ${n}, 5 Elm Road, Leeds",LS6 2AB,leeds`,
  );
  writeFileSync(file, `email,name,phone,address,postcode,branch\n${rows.join('\n')}\n`);
  const start = performance.now();
  const loaded = await loadDirectory(file, BRANCHES);
  const ms = performance.now() - start;
  expect(loaded).toMatchObject({ rows: 100_000, badRows: 0 });
  expect(ms).toBeLessThan(10_000);
});
