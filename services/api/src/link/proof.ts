import { createPublicKey, verify } from 'node:crypto';
import { linkProofText } from '@cao/contracts';

/**
 * Whether a hello was signed by the host's own key for this very challenge. A proof of an earlier link is worth nothing, and
 * what the api stores of a host lets nobody pass for it.
 * @param publicKey Ed25519, DER (SPKI) in base64
 */
export function isProven(
  publicKey: string,
  nonce: string,
  { host_id, instance, proof }: { host_id: string; instance: string; proof: string },
): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
    const text = Buffer.from(linkProofText({ nonce, host_id, instance }));
    return key.asymmetricKeyType === 'ed25519' && verify(null, text, key, Buffer.from(proof, 'base64'));
  } catch {
    return false; // no key, or no signature, by its form
  }
}
