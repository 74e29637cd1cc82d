import { generateKeyPairSync, sign } from 'node:crypto';
import { linkProofText } from '@cao/contracts';
import { expect, test } from 'vitest';
import { isProven } from './proof.ts';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const key = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
const said = { host_id: 'aaaa0001', instance: 'one' };
const proofOf = (nonce: string, about = said) =>
  sign(null, Buffer.from(linkProofText({ nonce, ...about })), privateKey).toString('base64');

test('a proof is good for its challenge, its host and its instance, and for nothing else', () => {
  const proof = proofOf('n1');
  expect(isProven(key, 'n1', { ...said, proof })).toBe(true);
  expect(isProven(key, 'n2', { ...said, proof })).toBe(false);
  expect(isProven(key, 'n1', { ...said, host_id: 'bbbb0001', proof })).toBe(false);
  expect(isProven(key, 'n1', { ...said, instance: 'two', proof })).toBe(false);
});

test('what is no key or no signature proves nothing', () => {
  expect(isProven('', 'n1', { ...said, proof: proofOf('n1') })).toBe(false);
  expect(isProven('bm8ga2V5', 'n1', { ...said, proof: proofOf('n1') })).toBe(false);
  expect(isProven(key, 'n1', { ...said, proof: '' })).toBe(false);
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const other = rsa.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  const proof = sign('sha256', Buffer.from(linkProofText({ nonce: 'n1', ...said })), rsa.privateKey);
  expect(isProven(other, 'n1', { ...said, proof: proof.toString('base64') })).toBe(false);
});
