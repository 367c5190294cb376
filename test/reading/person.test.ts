/** TenantTitle, TenantForename and TenantSurname: from From, the signature, an introduction, or whom the writer speaks for. */
import { expect, test } from 'vitest';
import { reads } from './reads.ts';

test.each([
  ['Sam Weatherby <sam@mail.example>', 'The tap drips.\n\nThanks\nSam', '- / Sam / Weatherby'],
  ['"Weatherby, Sam" <sam@mail.example>', 'The tap drips.\n\nThanks', '- / Sam / Weatherby'],
  ['sam.weatherby@mail.example', 'The tap drips.\n\nThanks\nSam Weatherby', '- / Sam / Weatherby'],
  ['s.w.99@mail.example', 'The tap drips.\n\nRegards,\nMrs S. Weatherby', 'Mrs / S. / Weatherby'],
  ['Tabbycat <tabby@mail.example>', 'Hi its Jo Marsh from flat 9. The tap drips.', '- / Jo / Marsh'],
  ['tommy_94 <t@mail.example>', 'tap drips. 22 Cavell Street, NG7 3AB. Tom Ashby 07400 123456', '- / Tom / Ashby'],
  ['The Hendersons <h@mail.example>', 'tap drips, 5 Oak Rd, BS1 1AA. Regards, Pete Henderson', '- / Pete / Henderson'],
  ['x123@mail.example', 'boiler broken. Kind regards Mr P Henderson', 'Mr / P / Henderson'],
  ['x123@mail.example', 'boiler broken, 5 Oak Rd, BS1 1AA', '- / - / -'],
  ['x123@mail.example', 'Tap drips. Oak Road Leeds 07400 123456', '- / - / -'],
  ['x123@mail.example', 'Tap drips. Kitchen Tap 07400 123456', '- / - / -'],
  [
    'Fiona Castellano <f@mail.example>',
    'Please note this from our assignee, Mr Kenji Watanabe, who moved in on 1 June: the tap drips.',
    'Mr / Kenji / Watanabe',
  ],
  ['Estates Team <e@mail.example>', 'One of our students, Tom Price (07400 123456), reports that the tap drips.', '- / Tom / Price'],
  ['Jane Smith via Brightkeys <j@mail.example>', 'The tap drips.', '- / Jane / Smith'],
  ['Wei Chen 陈伟 <w@mail.example>', 'The tap drips.', '- / Wei / Chen'],
  ['JO MARSH <jo@mail.example>', 'The tap drips.', '- / Jo / Marsh'],
  ['jo marsh <jo@mail.example>', 'The tap drips.', '- / Jo / Marsh'],
  ['Seán Ó Briain <sean@mail.example>', 'The tap drips.', '- / Seán / Ó Briain'],
  ['María del Carmen García López <m@mail.example>', 'The tap drips.', '- / María del Carmen / García López'],
  ['Dr Ngozi Eze <n@mail.example>', 'The tap drips.', 'Dr / Ngozi / Eze'],
  ['Chen Wei <chen@mail.example>', 'The tap drips.\n\nWei', '- / Chen / Wei'],
  ['Mohammed Al-Hassan <m@mail.example>', 'The tap drips.\n\nKind regards,\nMohammed', '- / Mohammed / Al-Hassan'],
  ['Jo & Pat Marsh <jp@mail.example>', 'The tap drips.\n\nPat Marsh', '- / Pat / Marsh'],
  [
    'Ann Lee <ann@mail.example>',
    'I am writing on behalf of my mother, Mrs Edith Lee, 4 Elm Road, Leeds LS6 2AB. Her tap drips. Ring her on 07400 123456.\n\nAnn',
    'Mrs / Edith / Lee',
  ],
  ['Ann Lee <ann@mail.example>', 'My flatmate Tom says the tap drips. Ring me on 07400 123456.\n\nAnn', '- / Ann / Lee'],
  ['Ann Lee (via Google Drive) <ann@mail.example>', 'The tap drips.', '- / Ann / Lee'],
  ['Ann Lee MSc FRSA <ann@mail.example>', 'The tap drips.', '- / Ann / Lee'],
  ["Ann O'Neill-Smythe <ann@mail.example>", 'The tap drips.', "- / Ann / O'Neill-Smythe"],
  ['van der Berg, Pieter <p@mail.example>', 'The tap drips.', '- / Pieter / van der Berg'],
  ['flat4elmroad <flat4@mail.example>', 'The tap drips.\n\nRegards\nKev\nFlat 4', '- / Kev / -'],
  ['Ann Lee <ann@mail.example>', 'The tap drips.\n\nMiss A Lee\n4 Elm Road', 'Miss / Ann / Lee'],
])('%s, who writes “%s”, is %s', async (from, text, name) => {
  expect((await reads({ from, text })).name).toBe(name);
});
