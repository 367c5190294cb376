/** What the V3 stand-in answers: bodies as an ASP.NET Web API writes them. Their wording is a guess. */

export type Answer = { status: number; contentType: string; body: string };

/** Field → what is wrong with it. Keys as ASP.NET writes them: `issue.ExternalID`, `issue.Documents[0].URL`. */
export type ModelState = Record<string, string[]>;

export function json(status: number, value: unknown): Answer {
  return { status, contentType: 'application/json; charset=utf-8', body: JSON.stringify(value) };
}

export function message(status: number, text: string): Answer {
  return json(status, { Message: text });
}

export function invalid(modelState: ModelState): Answer {
  return json(400, { Message: 'The request is invalid.', ModelState: modelState });
}

export const DENIED = message(401, 'Authorization has been denied for this request.');
export const THROTTLED = message(429, 'API calls quota exceeded! Maximum admitted 50 per minute.');
export const BLOCKED = message(403, 'Access has been temporarily blocked because of repeated calls while throttled.');
export const TOO_LARGE = message(413, 'The request entity is too large.');
export const SERVER_ERROR = message(500, 'An error has occurred.');

/** A load balancer's page. */
export const BAD_GATEWAY: Answer = {
  status: 502,
  contentType: 'text/html',
  body: '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n',
};

export function empty(status: number): Answer {
  return { status, contentType: '', body: '' };
}
