import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { mime } from './src/adapters/mime/parse.ts';
const m = await mime.parse(Readable.from([readFileSync(process.argv[2]!)], { objectMode: false }));
console.log(m.from, m.replyTo, m.headers.filter(h=>/from|reply/.test(h.name)));
