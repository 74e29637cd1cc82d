CREATE TABLE "health" (
	"id" integer PRIMARY KEY NOT NULL,
	"since" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"seen_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"give_up_after_s" integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE "hosts" ADD COLUMN "machine_boot" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "on_host_lost" text DEFAULT 'fail' NOT NULL;