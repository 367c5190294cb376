/** Writes a winmail.dat ([MS-OXTNEF]) for tests, as Outlook does: a message attribute first, then each attachment with its long name as a property. */

export type PackedFile = { name: string; bytes: Buffer; longName?: string; contentId?: string };

export function winmail(files: PackedFile[]): Buffer {
  const parts = [u32(0x223e9f78), u16(1), attribute(1, 0x00089006, u32(0x00010000))]; // attTnefVersion
  for (const { name, bytes, longName, contentId } of files) {
    parts.push(attribute(2, 0x00069002, Buffer.alloc(14)));
    parts.push(attribute(2, 0x00018010, Buffer.from(`${name}\0`, 'latin1')));
    parts.push(attribute(2, 0x0006800f, bytes));
    const properties = [
      number(0x3705, 1), // PR_ATTACH_METHOD: by value
      named(), // as Outlook adds them
      ...(longName ? [unicode(0x3707, longName)] : []),
      ...(contentId ? [unicode(0x3712, contentId)] : []),
    ];
    parts.push(attribute(2, 0x00069005, Buffer.concat([u32(properties.length), ...properties])));
  }
  return Buffer.concat(parts);
}

function attribute(level: number, id: number, data: Buffer): Buffer {
  const sum = data.reduce((total, byte) => (total + byte) & 0xffff, 0);
  return Buffer.concat([Buffer.from([level]), u32(id), u32(data.length), data, u16(sum)]);
}

function number(id: number, value: number): Buffer {
  return Buffer.concat([u16(0x0003), u16(id), u32(value)]);
}

function unicode(id: number, value: string): Buffer {
  const bytes = Buffer.from(`${value}\0`, 'utf16le');
  return Buffer.concat([u16(0x001f), u16(id), u32(1), u32(bytes.length), bytes, Buffer.alloc(-bytes.length & 3)]);
}

function named(): Buffer {
  const name = Buffer.from('Label\0', 'utf16le');
  return Buffer.concat([
    u16(0x0003),
    u16(0x8001),
    Buffer.alloc(16, 7),
    u32(1),
    u32(name.length),
    name,
    Buffer.alloc(-name.length & 3),
    u32(42),
  ]);
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
