CREATE INDEX "messages_unanswered" ON "messages" USING btree ("terminal_id") WHERE state = 'accepted' and ended_at is null;--> statement-breakpoint
CREATE INDEX "tasks_unreported" ON "tasks" USING btree ("requester_id") WHERE reported_at is null;--> statement-breakpoint
CREATE INDEX "tasks_running" ON "tasks" USING btree ("deadline_at") WHERE state = 'running';--> statement-breakpoint
CREATE INDEX "terminals_placing" ON "terminals" USING btree ("created_at") WHERE lifecycle = 'placing';