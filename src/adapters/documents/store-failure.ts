/** What an S3 store's refusals mean, in terms that an admin can act on. */
import { GetPublicAccessBlockCommand, type PublicAccessBlockConfiguration, type S3Client } from '@aws-sdk/client-s3';
import { Failure } from '../../domain/failure.ts';
import type { PublicWay } from './url.ts';

export function storeFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
  if (name === 'CredentialsProviderError')
    return new Failure('store-refused', 'no credentials were found; set s3.accessKeyId and s3.secretAccessKey', { cause: error });
  const status = $metadata?.httpStatusCode;
  if (status === undefined || name === 'AbortError') return new Failure('store-unreachable', codeOf(error), { cause: error });
  return new Failure(status >= 500 ? 'store-unreachable' : 'store-refused', `${status} ${name ?? ''}`.trim(), { cause: error });
}

/** Looks closer where an ACL was asked for: AWS answers with plain AccessDenied when Block Public Access refuses it. */
export async function uploadFailure(client: S3Client, bucket: string, way: PublicWay, error: unknown): Promise<Failure> {
  const failure = storeFailure(error);
  if (way.way !== 'public-read' || failure.code !== 'store-refused') return failure;
  if ((error as { name?: string }).name === 'AccessControlListNotSupported')
    return new Failure('store-acl', failure.detail, { cause: error });
  if (!failure.detail.startsWith('403')) return failure;
  const blocked = await blockedBy(client, bucket, way);
  const guess = 'the ACL public-read may be what is refused: Block Public Access of the account, or no permission s3:PutObjectAcl';
  return blocked ?? new Failure('store-refused', `${failure.detail}; ${guess}`, { cause: error });
}

/** The setting of Block Public Access that keeps such documents private, or null where there is none or it may not be read. */
export async function blockedBy(client: S3Client, bucket: string, { way }: PublicWay): Promise<Failure | null> {
  let block: PublicAccessBlockConfiguration | undefined;
  try {
    ({ PublicAccessBlockConfiguration: block } = await client.send(new GetPublicAccessBlockCommand({ Bucket: bucket })));
  } catch {
    return null;
  }
  const on = (way === 'public-read' ? (['BlockPublicAcls', 'IgnorePublicAcls'] as const) : (['RestrictPublicBuckets'] as const)).filter(
    (name) => block?.[name],
  );
  return on.length === 0 ? null : new Failure('store-blocked', `the bucket has ${on.join(' and ')} on`);
}

/** The error's own code; never its message, which may hold URLs. */
export function codeOf(error: unknown): string {
  const { code, name, cause } = error as { code?: string; name?: string; cause?: { code?: string } };
  return cause?.code ?? code ?? name ?? 'no answer';
}
