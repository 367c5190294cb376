/** IssueTitle: what is wrong, without what people write before they come to the point, and without where it is. */
import { expect, test } from 'vitest';
import { reads } from './reads.ts';

test.each([
  ['This is the third time I am emailing about the mould in the back bedroom.', 'Mould in the back bedroom'],
  ['Only thing is the extractor in the bathroom makes a racket.', 'Extractor in the bathroom makes a racket'],
  ['I am writing to inform you that the kitchen ceiling has a damp patch.', 'Kitchen ceiling has a damp patch'],
  ['I wanted to report that our shower is leaking into the hall.', 'Shower is leaking into the hall'],
  ['Just wondering if someone could look at the hob, two rings are dead.', 'Hob, two rings are dead'],
  ['Sorry to bother you but the toilet keeps running.', 'Toilet keeps running'],
  ['Further to my last email the boiler has gone again.', 'Boiler has gone again'],
  ['We noticed this morning that the bathroom radiator is leaking.', 'Bathroom radiator is leaking'],
  ['My partner and I came home to find the fridge not working.', 'Fridge not working'],
  ['Could you please arrange for someone to fix the dripping tap in the kitchen?', 'Dripping tap in the kitchen'],
  ['I need somebody to come and fix my washing machine, it wont spin.', 'Washing machine, it wont spin'],
  ['It would appear that the gutter at the back is blocked.', 'Gutter at the back is blocked'],
  ['There seems to be an issue with the bathroom light, it flickers.', 'Bathroom light, it flickers'],
  ['I hope you are keeping well. Since Saturday the hot tap on the bath cannot be turned off.', 'Hot tap on the bath cannot be turned off'],
  ['Since yesterday we have had no hot water.', 'No hot water'],
])('%s', async (text, title) => {
  expect(await reads({ subject: 'Flat 3', text: `Hi\n\n${text}\n\nSam` })).toMatchObject({ title });
});

test.each([
  ['The shower in 14b Priory Lane LS7 1AA only runs cold.', 'Shower only runs cold'],
  ['The boiler at Flat 3, 12 Elm Road, Leeds has no pressure', 'Boiler has no pressure'],
  [
    'Garage door spring has gone at 77 Moor Lane, Darwen BB3 2AB and I cant get the car out',
    'Garage door spring has gone and I cant get the car out',
  ],
  ['Hi Paul, dads boiler is leaking from the bottom, 6 Lime Grove, Bury BL9 5AB.', 'Dads boiler is leaking from the bottom'],
  ['Fob for car park gate at 9 The Maltings not working', 'Fob for car park gate not working'],
  ['Smoke alarm at 40 Lawn Rd keeps beeping every 30 secs', 'Smoke alarm keeps beeping every 30 secs'],
  ['Light on 2nd floor landing is out', 'Light on 2nd floor landing is out'],
  ['Radiator in bedroom 2 is cold', 'Radiator in bedroom 2 is cold'],
])('without where it is: %s', async (text, title) => {
  expect(await reads({ subject: 'Help', text: `Hi\n\n${text}\n\nSam` })).toMatchObject({ title });
});

test.each(['No subject', '(no subject)', 'Untitled', 'Question', 'Email', 'FW:', 'IMG_2031'])(
  'a subject such as "%s" says nothing',
  async (subject) => {
    expect(await reads({ subject, text: 'Smoke alarm in hall keeps beeping every 30 secs\nSam' })).toMatchObject({
      title: 'Smoke alarm in hall keeps beeping every 30 secs',
    });
  },
);

test.each([
  ['help plsss', 'omg the loo is overflowing everywhere', 'Omg the loo is overflowing everywhere'],
  [
    'A small matter',
    'I am afraid the little light above the cooker has given up the ghost.',
    'Little light above the cooker has given up the ghost',
  ],
  ['Re: Rent increase letter', 'can u also sort the front gate its hanging off', 'Front gate its hanging off'],
  ['Boiler pressure', 'Hi, boiler pressure is 0.3 bar again.', 'Boiler pressure is 0.3 bar again'],
  ['smell', 'theres a really bad smell of rotten eggs in the kitchen', 'Really bad smell of rotten eggs in the kitchen'],
  ['', 'key broke in front door lock cant lock it 3 Rose St LE1 2AB 07400123456', 'Key broke in front door lock cant lock it'],
  ['Break in last night', 'The back door frame is splintered.', 'Break in last night'],
  ['Boiler has packed in', 'Since noon.', 'Boiler has packed in'],
  ['', 'Front door key snapped and I cant get in, I am stood outside', 'Front door key snapped and I cant get in'],
  ['Leak in 14 Elm Road, Leeds LS6 2AB', 'Under the sink.', 'Leak: Under the sink'],
])('of "%s" and "%s" it says what is wrong', async (subject, text, title) => {
  expect(await reads({ subject, text })).toMatchObject({ title });
});
