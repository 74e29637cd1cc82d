import { dirname, join } from 'node:path';
import { ROOT } from './root.ts';
import { type ServiceProcess, serviceProcess } from './service-process.ts';

interface Service {
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly deploy?: { readonly replicas?: number };
}

const SERVICES = ['api', 'scheduler', 'worker-agent'] as const;
type ServiceName = (typeof SERVICES)[number];

/** The services of the compose file as processes of this machine. */
export interface ComposeServices {
  /** How many of it the file asks for. */
  replicas(service: ServiceName): number;
  /**
   * The same entry point under the same variables. Values are of this machine.
   * @throws Error when the file sets a variable that has no value here, or starts something else.
   */
  process(service: ServiceName, name: string, values: Readonly<Record<string, string>>): ServiceProcess;
}

const PATH = [dirname(process.execPath), join(ROOT, 'node_modules/.bin'), process.env.PATH].join(':');

/** @param compose the file, read and merged. */
export function composeServices(compose: unknown, dir: string): ComposeServices {
  const { services } = compose as { services: Record<ServiceName, Service> };
  return {
    replicas: (service) => services[service].deploy?.replicas ?? 1,
    process(service, name, values) {
      const { command, environment = {} } = services[service];
      if (command.join(' ') !== `node services/${service}/dist/main.js`)
        throw new Error(`the compose file starts ${service} as: ${command.join(' ')}`);
      const given = Object.keys(environment).map((key) => {
        const value = values[key];
        if (value === undefined) throw new Error(`${key} of ${service} has no value for this machine`);
        return [key, value] as const;
      });
      // What an image brings along, and the one thing that two hosts on one machine must not share.
      const machine = {
        PATH,
        HOME: dir,
        LANG: 'C.UTF-8',
        ...(values.CAO_TMUX_SOCKET ? { CAO_TMUX_SOCKET: values.CAO_TMUX_SOCKET } : {}),
      };
      return serviceProcess({
        name,
        service,
        env: { ...machine, ...Object.fromEntries(given) },
        logFile: join(dir, `${name}.log`),
        cwd: dir,
      });
    },
  };
}
