/** The little of smtp-tester that the tests use; the package has no types. */
declare module 'smtp-tester' {
  type Caught = { sender: string; receivers: Record<string, boolean>; data: string; headers: Record<string, string | string[]> };
  type Server = { bind(handler: (address: string | null, id: number, mail: Caught) => void): void; stop(done?: () => void): void };
  export function init(options: { port: number; host?: string }): Server;
}
