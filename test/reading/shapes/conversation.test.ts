import { expect, test } from 'vitest';
import { withoutDesk } from '../../../src/reading/shapes/conversation.ts';

test.each([
  [
    'a desk that is marked',
    'Visitor: Corey\nPage: Repairs\n[21:14] Tamsin (agent): How can I help?\n[21:15] Corey: the pull cord has snapped\n[21:20] Corey: 07400 123 456',
    'Visitor: Corey\nPage: Repairs\n\nMessage:\nthe pull cord has snapped\n07400 123 456\n-----',
  ],
  [
    'a robot that says so, in columns, with what was answered with yes',
    'Visitor Dr Yusuf Reed · Phone 07400 123 161\n\n12:39  Poppy  I’m Poppy, your assistant. What has gone wrong?\n12:39  Yusuf Reed  The hob won’t light\n12:40  Poppy  Do you smell gas?\n12:41  Yusuf Reed  No\n12:43  Poppy  May we use our key?\n12:43  Yusuf Reed  yes, that’s fine\n\nRating: none',
    'Visitor: Dr Yusuf Reed\nPhone: 07400 123 161\n\n\nMessage:\nThe hob won’t light\nMay we use our key?\nyes, that’s fine\n-----\n\nRating: none',
  ],
  [
    'days beside the times, files, and words over several lines',
    'Contact: Callum Drew\nWhatsApp ID: 07400 123 456\n[08/03/2026, 20:14:05] Callum Drew: Evening\n[08/03/2026, 20:14:06] Brightkeys (away message): If you smell gas, ring 0800\n[08/03/2026, 20:15:40] Callum Drew: The hood has dropped\nand a screw came out\n[08/03/2026, 20:16:02] Callum Drew: IMG-1.jpg (file attached)',
    'Contact: Callum Drew\nWhatsApp ID: 07400 123 456\nReceived: 08/03/2026 20:14:05\n\nMessage:\nEvening\nThe hood has dropped\nand a screw came out\n-----',
  ],
  [
    'the name behind the time, which stands nowhere else',
    'Channel: web\nPhone: 07400 123 456\n\nAna Bot (21:14): Hello\nMia Stone (21:15): no light in the hall\nMia Stone (21:16): since noon',
    'Channel: web\nPhone: 07400 123 456\n\nName: Mia Stone\n\nMessage:\nno light in the hall.\nsince noon\n-----',
  ],
  [
    'a visitor who is called so, and gives the name when asked',
    'Website: a.example\nLocation: Leeds\n(15:20) Visitor: the pole fell\n(15:20) Toby (Chatterly): Can I take your name?\n(15:22) Visitor: Rhian Probert, 07400 123 347',
    'Website: a.example\nVisitor Location: Leeds\nName: Rhian Probert\n\nMessage:\nthe pole fell\nRhian Probert, 07400 123 347\n-----',
  ],
])('of a chat the tenant’s words stay: %s', (_, text, said) => {
  expect(withoutDesk(text)).toBe(said);
});

test.each([
  '[18:20] Amara: the key has snapped',
  'Monday 09:30: the plumber came\nTuesday 10:15: he came again\nWednesday 11:00: nobody came',
  '12:00 Jo: it drips\n12:01 Sam: it pours\n12:02 Jo: both of us are in',
  'Please ring between 09:00 and 17:00.\nThanks',
  // Pasted by a person into a mail.
  'Please raise this.\n\n[21:14] Northgate Lettings: How can we help?\n[21:15] Craig: smoke alarm keeps going\n[21:16] Craig: in the hall',
])('another text stays as it is: %j', (text) => {
  expect(withoutDesk(text)).toBe(text);
});
