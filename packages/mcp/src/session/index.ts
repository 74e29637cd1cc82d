import type { Tool } from '../define-tool.ts';
import { assign } from './assign.ts';
import { handoff } from './handoff.ts';
import { sendMessage } from './send-message.ts';
import { waitTask } from './wait-task.ts';

/** The tools that every agent has. */
export const sessionTools = [handoff, assign, sendMessage, waitTask] as unknown as readonly Tool[];
