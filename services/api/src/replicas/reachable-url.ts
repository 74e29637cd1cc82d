import { networkInterfaces } from 'node:os';

const EVERY_INTERFACE = ['0.0.0.0', '[::]'];

/** Where other replicas reach one that listens at `url`: where it listens on every interface, its first outer address. */
export function reachableUrl(url: string, interfaces = networkInterfaces()): string {
  const reachable = new URL(url);
  if (EVERY_INTERFACE.includes(reachable.hostname)) {
    const outer = Object.values(interfaces).flatMap((all) => (all ?? []).filter(({ internal }) => !internal));
    const found = outer.find(({ family }) => family === 'IPv4') ?? outer.find(({ scopeid }) => !scopeid);
    reachable.hostname = found === undefined ? '127.0.0.1' : bracketed(found.address);
  }
  return reachable.origin;
}

const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);
