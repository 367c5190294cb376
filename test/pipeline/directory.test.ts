import { afterEach, expect, test } from 'vitest';
import type { Tenant } from '../../src/domain/tenant.ts';
import { boiler, mail, openTalk, type Talk } from './talk.ts';

let talk: Talk;
afterEach(() => talk.bench.end());

const SAM: Tenant = {
  email: 'sam@mail.example',
  name: 'Mr Samuel Okafor',
  phone: '07400 123001',
  address: ['Flat 2', '5 Elm Road', 'Leeds'],
  postcode: 'LS6 2AB',
  branch: null,
  line: 7,
};

async function open(...tenants: Tenant[]): Promise<void> {
  talk = await openTalk();
  talk.bench.directory = { find: (email) => tenants.filter((tenant) => tenant.email === email.toLowerCase()) };
}

test('what a known sender left out is filled, and the evidence names the directory', async () => {
  await open(SAM);
  await talk.receive(mail({ from: 'sam@mail.example', body: 'The shower does not drain any more.' }));
  expect(talk.bench.jobs.requests).toMatchObject([
    {
      TenantPhonePrimary: '07400 123001',
      TenantTitle: 'Mr',
      TenantForename: 'Samuel',
      TenantSurname: 'Okafor',
      PropertyAddress1: 'Flat 2',
      PropertyAddress2: '5 Elm Road',
      PropertyPostcode: 'LS6 2AB',
    },
  ]);
  const [report] = await talk.reports();
  expect(report?.reading.values.TenantPhonePrimary?.evidence).toEqual({
    quote: '07400 123001',
    where: 'directory',
    rule: 'line 7 of the directory',
  });
});

test('what the mail says wins', async () => {
  await open(SAM);
  await talk.receive(mail({ body: 'The shower does not drain any more. Ring me on 07400 123999.\r\n\r\nThanks\r\nSam Okafor' }));
  expect(talk.bench.jobs.requests).toMatchObject([
    { TenantPhonePrimary: '07400 123999', TenantForename: 'Sam', PropertyPostcode: 'LS6 2AB' },
  ]);
});

test('a mail about another home than the known one gets neither its address nor its number', async () => {
  await open(SAM);
  await talk.receive(boiler({ body: 'My mother has no hot water, 17 Park Street, York YO1 7AB.' }));
  expect(await talk.reports()).toMatchObject([{ stage: 'asking' }]);
});

test('of two homes of one sender only what both agree on is filled, unless the mail says which it is', async () => {
  await open(SAM, { ...SAM, address: ['9 Oak Lane', 'Leeds'], postcode: 'LS7 3CD', line: 8 });
  await talk.receive(mail({ body: 'The shower does not drain any more.' }));
  await talk.receive(mail({ body: 'The oven in 9 Oak Lane is broken.' }));
  const [first, second] = talk.bench.jobs.requests;
  expect(first).toMatchObject({ TenantPhonePrimary: '07400 123001' });
  expect(first?.PropertyPostcode).toBeUndefined();
  expect(second).toMatchObject({ PropertyPostcode: 'LS7 3CD' });
});

test('an entry of another branch is not used', async () => {
  await open({ ...SAM, branch: 'york' });
  await talk.receive(boiler());
  expect(await talk.reports()).toMatchObject([{ stage: 'asking' }]);
});

test('whoever writes in a tenant’s name from elsewhere is not told what the directory knows', async () => {
  await open(SAM);
  await talk.receive(
    mail({ from: 'Sam <sam@mail.example>', headers: ['Reply-To: eve@elsewhere.example'], body: 'The shower does not drain any more.' }),
  );
  const [reply] = talk.replies('confirmation');
  expect(reply?.to.address).toBe('eve@elsewhere.example');
  for (const secret of ['07400', 'Elm Road', 'LS6', 'Okafor']) expect(reply?.text + (reply?.html ?? '')).not.toContain(secret);
});
