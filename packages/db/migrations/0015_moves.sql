CREATE TABLE "checkpoint_parts" (
	"terminal_id" text NOT NULL,
	"from" integer NOT NULL,
	"data" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "terminals" ADD COLUMN "move" jsonb;--> statement-breakpoint
CREATE UNIQUE INDEX "checkpoint_parts_from" ON "checkpoint_parts" USING btree ("terminal_id","from");