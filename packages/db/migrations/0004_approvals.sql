CREATE TABLE "approvals" (
	"id" uuid PRIMARY KEY NOT NULL,
	"terminal_id" text NOT NULL,
	"epoch" integer NOT NULL,
	"session_name" text NOT NULL,
	"host_id" text NOT NULL,
	"tool" text NOT NULL,
	"input" jsonb NOT NULL,
	"input_cut" boolean NOT NULL,
	"state" text DEFAULT 'open' NOT NULL,
	"decision" text,
	"answered_by" text,
	"reason" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"answered_at" timestamp (3) with time zone,
	"closed_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "approvals" ADD CONSTRAINT "approvals_terminal_id_terminals_id_fk" FOREIGN KEY ("terminal_id") REFERENCES "public"."terminals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "approvals" ADD CONSTRAINT "approvals_host_id_hosts_id_fk" FOREIGN KEY ("host_id") REFERENCES "public"."hosts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "approvals_open" ON "approvals" USING btree ("terminal_id","epoch") WHERE state = 'open';--> statement-breakpoint
CREATE INDEX "approvals_session" ON "approvals" USING btree ("session_name","created_at");--> statement-breakpoint
CREATE INDEX "approvals_terminal" ON "approvals" USING btree ("terminal_id","created_at");