#!/usr/bin/env node
import { startFakeModel } from './server.ts';

const model = await startFakeModel(Number(process.argv[2] ?? 0));
console.log(`A fake model, no AI, answers at ${model.url}`);
console.log(`ANTHROPIC_BASE_URL=${model.url} ANTHROPIC_AUTH_TOKEN=none`);
console.log(`OpenAI, Responses and Chat Completions: ${model.url}/v1`);
console.log(`GOOGLE_GEMINI_BASE_URL=${model.url} GEMINI_API_KEY=none`);
