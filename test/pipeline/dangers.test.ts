import { describe, expect, test } from 'vitest';
import { dangersOf } from '../../src/reading/dangers.ts';

function dangers(notes: string, title = 'A report'): string[] {
  const evidence = { quote: '', where: 'body', rule: 'test' } as const;
  const values = { IssueTitle: { value: title, evidence }, IssueNotes: { value: notes, evidence } };
  return dangersOf({ template: 'general@1', values, attachments: [], missing: [] });
}

describe('tells of', () => {
  test.each([
    ['gas', 'there is strong smell of gas in kitchen since we come home'],
    ['gas', 'STRONG SMELL OF GAS IN THE HALL, HAS TURNED METER OFF'],
    ['gas', 'I can smell\ngas'],
    ['gas', 'Not sure what it is but it smells of gas'],
    ['gas', "I can't stand the smell of gas"],
    ['gas', "I don't know what to do there is a smell of gas"],
    ['gas', 'The gas hob is leaking'],
    ['gas', 'Gas leak: yes'],
    ['carbon monoxide', 'The carbon monoxide alarm in the hallway keeps going off'],
    ['carbon monoxide', 'CO detector is beeping non-stop and we feel dizzy'],
    ['carbon monoxide', 'Changed the battery, CO alarm won’t stop sounding'],
    ['electrics', 'sparks came out of the socket'],
    ['electrics', 'I got an electric shock from the shower'],
    ['electrics', 'the switch gave me a shock'],
    ['electrics', 'there is a burning smell from the socket'],
    ['electrics', 'the plug socket has melted'],
    ['electrics', 'WATER IS COMING THRU THE CEILING ITS POURING OUT THE LIGHT FITTING'],
    ['electrics', 'exposed wires in the hall'],
    ['break-in', 'someone broke into the flat and smashed the front door'],
    ['break-in', 'we were burgled last night'],
    ['break-in', 'the back door has been kicked in'],
  ])('%s: %s', (danger, notes) => {
    expect(dangers(notes)).toEqual([danger]);
  });

  test('a danger that only the title names', () => {
    expect(dangers('Please come soon.', 'Gas leak in kitchen')).toEqual(['gas']);
  });

  test('each of several dangers, in a fixed order', () => {
    expect(dangers('We have had a break-in. The cooker was pulled out and it smells of gas.')).toEqual(['gas', 'break-in']);
  });

  test('the danger in one sentence though another sentence denies one', () => {
    expect(dangers('There is no smell of gas. The CO alarm is going off.')).toEqual(['carbon monoxide']);
    expect(dangers('no smell of gas but the carbon monoxide alarm is sounding')).toEqual(['carbon monoxide']);
  });
});

describe('tells of no danger', () => {
  test.each([
    "It's a steady drip, nowhere near any lights or sockets",
    'no smell of gas',
    "There isn't any obvious smell of gas",
    'I can’t smell any gas',
    'Smell of gas: No\nHeating: not working',
    'Can you smell gas? No',
    'smell of drains, not gas, under the sink',
    'If you smell gas ring the emergency line',
    'gas boiler leaking water',
    'the gas safety check is due',
    "This isn't an emergency. The CO alarm isn't sounding. It gives one chirp a minute and the display says LB",
    'The CO alarm beeps every 30 seconds, battery I think',
    'CO alarm has not gone off',
    'got a shock when I saw the bill',
    'Half the sockets in the kitchen are dead, including the fridge.',
    'The hob spark works but no flame',
    'water leaking from the plughole',
    'burglar alarm is beeping',
    'anyone could break in with that lock',
    'there is a break in the pipe',
    'no break-in, just a broken lock',
  ])('%s', (notes) => {
    expect(dangers(notes)).toEqual([]);
  });
});

test('a hostile text costs little time', () => {
  const startedAt = performance.now();
  for (const text of ['no gas leak ', 'water in the ', 'not the the ', '\n \n', 'co alarm ', 'smell ']) dangers(text.repeat(100_000));
  expect(performance.now() - startedAt).toBeLessThan(2_000);
});
