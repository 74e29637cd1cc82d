export { screenOf } from './ansi-screen.ts';
