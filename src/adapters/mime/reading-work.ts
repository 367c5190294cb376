/** What the thread that reads mails is told and answers. A mail's bytes come in pieces, one for each `more`, so that no more of it waits than that. */
import type { FailureCode } from '../../domain/failure.ts';
import type { Message } from '../../domain/message.ts';
import type { ReadingContext } from '../../reading/context.ts';
import type { Template } from '../../reading/template.ts';
import type { Understanding } from '../../reading/understand.ts';

/** `templates` null: those of the order before. */
export type ReadingOrder =
  | { is: 'read'; context: Omit<ReadingContext, 'templates'>; templates: Template[] | null }
  | { is: 'piece'; bytes: Uint8Array }
  | { is: 'end' };

export type ReadingAnswer =
  | { is: 'more' }
  | { is: 'done'; message: Message; understanding: Understanding }
  | { is: 'failed'; code: FailureCode; detail: string };
