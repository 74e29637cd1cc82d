export interface ContainerServices {
  readonly postgresAdminUrl: string;
  readonly redisUrl: string;
  stop(): Promise<void>;
}

/**
 * Postgres and Redis in containers, or undefined when no container runtime answers.
 * Imported dynamically: the library fails to load on Nodes that it does not know.
 */
export async function startContainers(): Promise<ContainerServices | undefined> {
  const { GenericContainer, getContainerRuntimeClient, Wait } = await import('testcontainers').catch(
    () => ({}) as Partial<typeof import('testcontainers')>,
  );
  if (!GenericContainer || !getContainerRuntimeClient || !Wait) return undefined;
  const answers = await getContainerRuntimeClient().then(
    () => true,
    () => false,
  );
  if (!answers) return undefined;
  const [postgres, redis] = await Promise.all([
    new GenericContainer('postgres:18-alpine')
      .withEnvironment({ POSTGRES_PASSWORD: 'test' })
      .withCommand(['postgres', '-c', 'fsync=off', '-c', 'max_connections=300'])
      .withExposedPorts(5432)
      // Twice: the image starts a private server first to initialise itself.
      .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/, 2))
      .start(),
    new GenericContainer('redis:7-alpine')
      .withExposedPorts(6379)
      .withWaitStrategy(Wait.forLogMessage(/eady to accept connections/))
      .start(),
  ]);
  return {
    postgresAdminUrl: `postgres://postgres:test@${postgres.getHost()}:${postgres.getMappedPort(5432)}/postgres`,
    redisUrl: `redis://${redis.getHost()}:${redis.getMappedPort(6379)}`,
    stop: async () => void (await Promise.all([postgres.stop(), redis.stop()])),
  };
}
