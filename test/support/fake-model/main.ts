#!/usr/bin/env node
import { startFakeModel } from './server.ts';

const model = await startFakeModel(Number(process.argv[2] ?? 0));
console.log(`A fake model, no AI, answers at ${model.url}`);
console.log(`ANTHROPIC_BASE_URL=${model.url} ANTHROPIC_AUTH_TOKEN=none`);
