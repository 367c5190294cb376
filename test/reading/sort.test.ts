/** A mail about another matter is set aside only when nothing in it sounds like a fault: a report that is ignored is lost without a word. */
import { expect, test } from 'vitest';
import { reads, understood } from './reads.ts';

async function sortingOf(subject: string, text: string) {
  return (await understood({ from: 'Ann Lee <ann@mail.example>', subject, text })).sorting;
}

test.each([
  [
    'a notice with a fault in it',
    'Notice to leave',
    "Please take this as my one month's notice. Everything works except the boiler, which has been leaking since Sunday.",
  ],
  [
    'a notice with a fault after all is well',
    'Moving out',
    'I am giving notice for 30 August. No damp anywhere, but the shower is broken.',
  ],
  [
    'who will be away, and tells of a leak',
    'Away in June',
    'We will be away from 3 to 24 June, this is only for your records. The stopcock leaks, so the water is off.',
  ],
  [
    'a notice with a thing that no list names',
    'Moving out',
    'I am giving notice for 30 August. All in good order, only the trellis has collapsed onto the path.',
  ],
  [
    'a certificate with a find beside it',
    'CP12 4 Elm Road',
    'Gas safety certificate attached, all in order. While there we found the loft ladder unsafe: a bracket has sheared off.',
  ],
  [
    'a certificate with a find in other words',
    'EICR',
    'Certificate to follow, no defects. The bannister at the top is dangerous, please send somebody.',
  ],
  ['a certificate that asks for work', 'Gas safety record', 'All satisfactory. The cowl needs replacing before winter.'],
  [
    'a tenant who pays by the month and offers a look',
    'Third time I write',
    'I pay 950 pcm for this. Would you like to view the mould yourselves? It is behind the bed.',
  ],
  [
    'a wish to see another flat, and a fault in the own one',
    'The two bed on Elm Road',
    'I saw the two bed on your website and would like to view it. The boiler in my flat is broken again, by the way.',
  ],
  ['a thing that no list names, and no problems until now', 'Bees', 'There are bees living above the spare room. No problems until now.'],
  [
    'a visit that is called off and another fault',
    'Boiler',
    'Please cancel the visit, the boiler is working again. But the tap in the bath drips.',
  ],
  ['rent and a fault', 'Rent for July', 'I will pay the rent on the 3rd. The shower is still cold, by the way.'],
  [
    'a tenant who writes like a seller',
    'Your landlords',
    'You offer a free survey to your landlords from £9, and our boiler is broken since May. Unsubscribe me from your letters and book a call.',
  ],
  ['a wish for a plumber', 'A question', 'Could I have a plumber please? There is water everywhere.'],
  ['a wish for somebody', 'Garden', 'Can I get someone to look at the trellis?'],
  ['rent that is held back', 'Rent', 'I will not pay the rent until you do something about this.'],
  ['a wish with a fault in it', 'A question', 'Would you mind if I got a cat? And the leak under the sink has come back.'],
  [
    'a wish before a repair',
    'Paint',
    'Could I paint the small bedroom once the damp is dealt with? The wall behind the bed is wet through.',
  ],
  [
    'an appointment with a find beside it',
    'Order 2877 booked in',
    'We have agreed Tuesday with the tenant for your order 2877. While measuring up we found the stair rail broken.\r\n\r\nHartley Roofing Ltd',
  ],
  [
    'a deposit and a fault that no list names',
    'Deposit',
    'My deposit covers nothing if you do not mend the pergola: it has collapsed and is dangerous.',
  ],
])('%s is a report', async (_, subject, body) => {
  expect(await sortingOf(subject, body)).toMatchObject({ kind: 'opens' });
});

test.each([
  [
    'a notice',
    'Notice to leave',
    "Please accept this as one month's notice. The boiler was serviced in March and there is nothing broken or in need of repair.",
  ],
  [
    'a clean certificate',
    'CP12 4 Elm Road',
    'Gas safety record attached. Boiler and hob tested, no gas leaks, no defects, nothing to put right.',
  ],
  ['a lead of a portal', 'Viewing request: 2 bed flat', 'Would like a viewing. 2 bed flat, GBP 950 pcm. Is it still available?'],
  ['a visit that is called off', 'Boiler', 'Please cancel the visit tomorrow, the boiler has come back on and is working fine.'],
  ['an answer to an inspection letter', 'Re: Inspection', 'Tuesday is fine, I will be in. No problems here, everything works.'],
  ['meter readings', 'Meter readings', 'Readings as you asked: gas 04512, electric 22310.'],
  ['late rent', 'Rent for July', 'I get paid on the 3rd this month, so the rent will be two days late. Sorry about that.'],
  ['a wish', 'Broadband', 'Am I allowed to have fibre installed? They need to drill a hole in the wall.'],
  ['a new year', 'Tenancy renewal', 'We are happy to sign for another year at the same rent. Please send the papers.'],
  ['a question about the deposit', 'Deposit', 'When will I get my deposit back? I moved out on Friday.'],
])('%s is set aside', async (_, subject, body) => {
  expect(await sortingOf(subject, body)).toMatchObject({ kind: 'set-aside', reason: 'not-a-fault' });
});

const HOME = '4 Elm Road, Leeds LS6 2AB. Ring 07400 123456.';
test.each([
  ['who is out of hot water', { subject: 'Out of hot water', text: `Nothing since Monday. ${HOME}` }, 'opens'],
  [
    'a form that somebody completed',
    {
      subject: 'Repair request form completed',
      from: 'Forms <noreply@forms.example>',
      text: 'A repair request has been completed by a tenant on the online form.\n\nName: Jo Marsh\nPhone: 07400 123456\nAddress: 4 Elm Road, Leeds LS6 2AB\nProblem: The boiler is leaking.',
    },
    'opens',
  ],
  [
    'a job that a portal closes',
    {
      subject: 'Job 4411 completed',
      from: 'FixIt <updates@fixit.example>',
      text: 'Job 4411 has been completed.\n\nTenant: Jo Marsh\nPhone: 07400 123456\nProperty: 4 Elm Road, Leeds LS6 2AB\nReported: Leaking tap',
    },
    'not-a-fault',
  ],
  [
    'a status of a job that all is seen to',
    {
      subject: 'R-4411: Contractor appointed',
      from: 'FixIt <track@fixit.example>',
      text: 'Update on repair R-4411\n\nStatus changed: Awaiting quote -> Contractor appointed\nTenant: Jo Marsh\nPhone: 07400 123456\nProperty: 4 Elm Road, Leeds LS6 2AB\nRepair: Leaking tap\n\nYou do not need to do anything.',
    },
    'not-a-fault',
  ],
  [
    'a status of a job that is open again',
    {
      subject: 'R-4411: Status changed',
      from: 'FixIt <track@fixit.example>',
      text: 'Update on repair R-4411\n\nStatus changed: Closed -> Reopened, the tap is still leaking\nTenant: Jo Marsh\nPhone: 07400 123456\nProperty: 4 Elm Road, Leeds LS6 2AB\nRepair: Leaking tap\n\nThe tenant has been informed.',
    },
    'opens',
  ],
  [
    "the week's jobs of a property system",
    {
      subject: 'Your weekly maintenance summary',
      from: 'Housekeep <summary@housekeep.example>',
      text: 'New last week: 4   Closed last week: 6   Still open: 3\n\n1. Boiler losing pressure, 4 Elm Road, Leeds LS6 2AB\n2. Damp patch, 9 Oak Road, Leeds LS6 2AC',
    },
    'not-a-fault',
  ],
  [
    'a summary that a tenant writes',
    { subject: 'Weekly summary of my problems', text: `The boiler is still broken, and the ceiling leaks. ${HOME}` },
    'opens',
  ],
  [
    'who will send the bill',
    {
      subject: 'Boiler',
      from: 'Dave <dave@plumb.example>',
      text: 'Boiler at 4 Elm Road repaired, new diverter valve fitted. Invoice to follow.',
    },
    'not-a-fault',
  ],
  ['a leak that stopped', { subject: 'Re: leak', text: 'It has stopped leaking now so no need to come, thanks.' }, 'not-a-fault'],
  [
    'a complaint about whoever came, where the work is fine',
    { subject: 'Complaint', text: 'I wish to complain about the engineer. I have no quarrel with the work, but he swore at me.' },
    'not-a-fault',
  ],
  [
    'a complaint about whoever came, of what is not done',
    {
      subject: 'Complaint',
      text: 'I wish to complain about the plumber. Nobody has finished the trellis, and I will go to the ombudsman.',
    },
    'opens',
  ],
  ['an Outlook abroad', { subject: 'Automatische Antwort: Reparatur', text: 'Ich bin nicht im Haus.' }, 'auto-reply'],
  [
    'thanks for what works again',
    { subject: 'Thanks', text: 'The boiler is working again, thank you so much for sending Dave.' },
    'not-a-fault',
  ],
  ['thanks, and it is broken again', { subject: 'Thanks', text: 'Thanks for sending Dave, but the boiler has gone again.' }, 'opens'],
  [
    'a report that a service sent on with a link to unsubscribe',
    { subject: 'New message', headers: ['List-Unsubscribe: <https://x.example>'], text: `My boiler is leaking. ${HOME}` },
    'opens',
  ],
  [
    'a call that an answering service wrote down in prose',
    { subject: 'Call', headers: ['Auto-Submitted: auto-generated'], text: `The tenant says her boiler is leaking. ${HOME}` },
    'opens',
  ],
  [
    'a newsletter',
    {
      subject: 'Spring tips',
      headers: ['List-Unsubscribe: <https://x.example>'],
      text: 'Is your boiler leaking? Our plans start at £9. LS1 4HX',
    },
    'mailing-list',
  ],
  [
    'an automatic reply that names a fault',
    { subject: 'Away', headers: ['Auto-Submitted: auto-replied'], text: `My boiler is leaking, back on Monday. ${HOME}` },
    'auto-reply',
  ],
])('%s', async (_, written, sorting) => {
  expect((await reads(written)).sorting).toBe(sorting);
});

const KNOWN = 'Tenant: Jo Marsh\nPhone: 07400 123456\nProperty: 4 Elm Road, Leeds LS6 2AB\nIssue: Leaking tap in bathroom\n';
test.each([
  ['Job 4471 accepted', 'FixIt <jobs@fixit.example>', `Dave's Plumbing has accepted job 4471.\n\n${KNOWN}`],
  ['Quote received for job 4471', 'FixIt <jobs@fixit.example>', `A quote has come in.\n\n${KNOWN}`],
  ['Job 4471 rescheduled', 'FixIt <jobs@fixit.example>', `The visit has been moved to 4 June 10:00.\n\n${KNOWN}`],
  ['Tenant feedback: 5 stars', 'FixIt <jobs@fixit.example>', `Jo Marsh rated job 4471: 5/5.\n\n${KNOWN}`],
  ['Job 4471: photos added', 'FixIt <jobs@fixit.example>', `Dave's Plumbing added 3 photos.\n\n${KNOWN}`],
  ['New comment on R-60417', 'FixIt <jobs@fixit.example>', `Dave wrote: "Part ordered, back on Tuesday."\n\n${KNOWN}`],
  ['Reminder: inspection due', 'LetPilot <alerts@letpilot.example>', 'Property: 4 Elm Road, Leeds LS6 2AB\nInspection due: 12 June 2026'],
  ['Certificate uploaded: EICR', 'LetPilot <alerts@letpilot.example>', 'A new EICR has been uploaded for 4 Elm Road.'],
  ['Rent received', 'LetPilot <alerts@letpilot.example>', 'We have received £950.00 from Jo Marsh.'],
  ['Viewing booked', 'HomeFinder <leads@homefinder.example>', 'Name: Ann Lee\nPhone: 07400 123456\nProperty: 4 Elm Road'],
  [
    'Your electricity bill is ready',
    'Brightfield Energy <billing@brightfield.example>',
    'Supply address: Flat 9, 40 Cathays Fold\nAmount due: £41.07',
  ],
  [
    'Your water will be off on 21 July',
    'Westvale Water <updates@westvale.example>',
    "Dear customer,\n\nWe are replacing a water main. You don't need to do anything. If you still have no water after 4pm, call us.",
  ],
  [
    'HomeFinder enquiry: 18 Oldknow Gate',
    'HomeFinder <leads@homefinder.example>',
    'Property: 2 bed house\nRent: £1,250 pcm\nName: Jakub Horvath\nEnquiry type: Request a viewing\nMessage: Has the damp been dealt with?',
  ],
  ['Password reset', 'Portal <no-reply@portal.example>', 'Somebody asked to reset your password.'],
  ['Your parcel is on its way', 'Parcelly <track@parcelly.example>', 'It comes tomorrow.'],
  ['Missed call from 07400 123456', 'Voice <no-reply@voice.example>', 'You missed a call at 10:02. No message was left.'],
])('"%s" of a system is no report', async (subject, from, text) => {
  expect((await understood({ subject, from, text })).sorting).toMatchObject({ kind: 'set-aside', reason: 'not-a-fault' });
});

test.each([
  ['New comment on R-60417', 'FixIt <jobs@fixit.example>', `Jo Marsh wrote: "Nobody came, it is still leaking."\n\n${KNOWN}`],
  ['New repair request: 2 photos uploaded', 'FixIt <jobs@fixit.example>', KNOWN],
  ['Website feedback form', 'Web <wordpress@brightkeys-site.example>', KNOWN],
  [
    'Missed call from 07400 123456',
    'Voice <no-reply@voice.example>',
    `Transcript: "It is Jo Marsh, 4 Elm Road, LS6 2AB, the boiler is broken."`,
  ],
  ['Rent due', 'joe@mail.example', 'The boiler is broken. 4 Elm Road LS6 2AB'],
  ['Photos uploaded', 'tommy_94 <tommy94@mail.example>', 'See the crack in the wall. 4 Elm Road LS6 2AB'],
  ['Feedback', 'Marsh <info@marsh.example>', 'Our boiler is broken. 4 Elm Road LS6 2AB'],
  ['Quote received', 'Jo Marsh <jo@mail.example>', 'I got a quote for the boiler, since yours is broken. 4 Elm Road LS6 2AB'],
  ['New job assigned to you', 'FixIt <jobs@fixit.example>', KNOWN],
])('"%s" may be one: %s', async (subject, from, text) => {
  expect((await understood({ subject, from, text })).sorting).toMatchObject({ kind: 'opens' });
});
