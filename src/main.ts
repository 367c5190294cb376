#!/usr/bin/env node
/** The command line's entry, and the only place that ends the process. */
import { enableCompileCache } from 'node:module';

// A command starts in half the time when what was compiled before is kept (in the system's folder for temporary files).
enableCompileCache();
const { main } = await import('./app/cli/main.ts');

process.exitCode = await main(process.argv.slice(2));
if (process.exitCode !== 0 || !process.argv.includes('run')) process.exit();
// The log may still be on its way; whatever else is open has had its time.
setTimeout(() => process.exit(), 500).unref();
