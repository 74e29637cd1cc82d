CREATE TABLE "api_tokens" (
	"hash" text PRIMARY KEY NOT NULL,
	"scope" text NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "one_time_codes" (
	"hash" text PRIMARY KEY NOT NULL,
	"purpose" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"used_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "replicas" (
	"id" uuid PRIMARY KEY NOT NULL,
	"seen_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "events" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "events_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"kind" text NOT NULL,
	"session_name" text,
	"terminal_id" text,
	"host_id" text,
	"task_id" text,
	"data" jsonb DEFAULT '{}'::jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "hosts" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"credential_hash" text NOT NULL,
	"labels" text[] DEFAULT '{}' NOT NULL,
	"capacity" integer NOT NULL,
	"link_epoch" bigint DEFAULT 0 NOT NULL,
	"replica" uuid,
	"agent_version" text,
	"os" text,
	"arch" text,
	"attach" text,
	"providers" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"spool_id" uuid,
	"spool_acked" bigint DEFAULT 0 NOT NULL,
	"connected_at" timestamp (3) with time zone,
	"lost_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "hosts_name_unique" UNIQUE("name"),
	CONSTRAINT "hosts_credential_hash_unique" UNIQUE("credential_hash")
);
--> statement-breakpoint
CREATE TABLE "messages" (
	"id" uuid PRIMARY KEY NOT NULL,
	"terminal_id" text NOT NULL,
	"seq" bigint NOT NULL,
	"kind" text NOT NULL,
	"sender" text NOT NULL,
	"text" text NOT NULL,
	"sanitised" boolean DEFAULT false NOT NULL,
	"state" text DEFAULT 'queued' NOT NULL,
	"reason" text,
	"task_id" text,
	"idempotency_key" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"pasted_at" timestamp (3) with time zone,
	"accepted_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "profiles" (
	"name" text PRIMARY KEY NOT NULL,
	"content" text NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"name" text PRIMARY KEY NOT NULL,
	"state" text DEFAULT 'open' NOT NULL,
	"conductor_id" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"closed_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "tasks" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"session_name" text NOT NULL,
	"requester_id" text,
	"worker_id" text NOT NULL,
	"agent_profile" text NOT NULL,
	"state" text DEFAULT 'running' NOT NULL,
	"output" text,
	"reason" text,
	"tool_use_id" text,
	"args_hash" text NOT NULL,
	"deadline_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"waited_at" timestamp (3) with time zone,
	"answered_at" timestamp (3) with time zone,
	"reported_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "terminals" (
	"id" text PRIMARY KEY NOT NULL,
	"session_name" text NOT NULL,
	"agent_profile" text NOT NULL,
	"profile_content" text NOT NULL,
	"provider" text NOT NULL,
	"host_id" text,
	"epoch" integer DEFAULT 1 NOT NULL,
	"lifecycle" text DEFAULT 'placing' NOT NULL,
	"closing" text,
	"status" text DEFAULT 'starting' NOT NULL,
	"status_source" text DEFAULT 'none' NOT NULL,
	"status_evidence" text DEFAULT '' NOT NULL,
	"status_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"last_seq" bigint DEFAULT 0 NOT NULL,
	"pasted_seq" bigint DEFAULT 0 NOT NULL,
	"caller_id" text,
	"allowed_tools" text[] NOT NULL,
	"tool_ceiling" text[] NOT NULL,
	"yolo" boolean DEFAULT false NOT NULL,
	"cwd" text,
	"placed_at" timestamp (3) with time zone,
	"wish_host" text,
	"wish_labels" text[] DEFAULT '{}' NOT NULL,
	"native_session_id" uuid NOT NULL,
	"token_hash" text,
	"reason" text,
	"last_answer" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"closed_at" timestamp (3) with time zone,
	CONSTRAINT "terminals_token_hash_unique" UNIQUE("token_hash")
);
--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_terminal_id_terminals_id_fk" FOREIGN KEY ("terminal_id") REFERENCES "public"."terminals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_worker_id_terminals_id_fk" FOREIGN KEY ("worker_id") REFERENCES "public"."terminals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "terminals" ADD CONSTRAINT "terminals_host_id_hosts_id_fk" FOREIGN KEY ("host_id") REFERENCES "public"."hosts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "events_session" ON "events" USING btree ("session_name","id");--> statement-breakpoint
CREATE UNIQUE INDEX "messages_terminal_seq" ON "messages" USING btree ("terminal_id","seq");--> statement-breakpoint
CREATE UNIQUE INDEX "messages_idempotency" ON "messages" USING btree ("sender","idempotency_key") WHERE idempotency_key is not null;--> statement-breakpoint
CREATE INDEX "messages_open" ON "messages" USING btree ("terminal_id","seq") WHERE state in ('queued', 'pasted');--> statement-breakpoint
CREATE UNIQUE INDEX "tasks_tool_use" ON "tasks" USING btree ("requester_id","tool_use_id") WHERE tool_use_id is not null;--> statement-breakpoint
CREATE INDEX "tasks_worker" ON "tasks" USING btree ("worker_id");--> statement-breakpoint
CREATE INDEX "tasks_unanswered" ON "tasks" USING btree ("requester_id") WHERE answered_at is null;--> statement-breakpoint
CREATE INDEX "tasks_session" ON "tasks" USING btree ("session_name");--> statement-breakpoint
CREATE INDEX "terminals_session" ON "terminals" USING btree ("session_name");--> statement-breakpoint
CREATE INDEX "terminals_host_open" ON "terminals" USING btree ("host_id") WHERE lifecycle <> 'closed';