package resource

import "context"

// schedulerSchedule is AWS::Scheduler::Schedule.
func schedulerSchedule() *Type {
	put := func(ctx context.Context, r *Request, operation string) (Result, error) {
		in := pick(r.Props, "Description", "EndDate", "FlexibleTimeWindow", "GroupName", "KmsKeyArn", "ScheduleExpression",
			"ScheduleExpressionTimezone", "StartDate", "State", "Target")
		in["Name"] = r.ID
		group := r.str("GroupName")
		if group == "" {
			group = "default"
		}
		_, err := r.do(ctx, "scheduler", operation, in)
		return Result{ID: r.ID, Attributes: obj{"Arn": r.arn("scheduler", "schedule/"+group+"/"+r.ID)}}, err
	}
	return &Type{
		Name: "AWS::Scheduler::Schedule",
		Properties: `Description EndDate FlexibleTimeWindow* GroupName! KmsKeyArn Name! ScheduleExpression* ScheduleExpressionTimezone
			StartDate State Target*`,
		Attributes: "Arn",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			r.ID = r.name("Name", naming{max: 64})
			out, err := put(ctx, r, "CreateSchedule")
			return out, r.adopt(err)
		},
		Update: func(ctx context.Context, r *Request) (Result, error) { return put(ctx, r, "UpdateSchedule") },
		Delete: func(ctx context.Context, r *Request) error {
			in := pick(r.Props, "GroupName")
			in["Name"] = r.ID
			_, err := r.do(ctx, "scheduler", "DeleteSchedule", in)
			return forget(err)
		},
	}
}

// schedulerGroup is AWS::Scheduler::ScheduleGroup.
func schedulerGroup() *Type {
	return &Type{
		Name: "AWS::Scheduler::ScheduleGroup", Properties: "Name! Tags", Attributes: "Arn CreationDate LastModificationDate State",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			r.ID = r.name("Name", naming{max: 64})
			in := obj{"Name": r.ID}
			if tags := r.allTags(); len(tags) > 0 {
				in["Tags"] = tagList(tags)
			}
			_, err := r.do(ctx, "scheduler", "CreateScheduleGroup", in)
			return Result{ID: r.ID}, r.adopt(err)
		},
		Ready: func(ctx context.Context, r *Request) (Result, bool, error) {
			out, err := r.do(ctx, "scheduler", "GetScheduleGroup", obj{"Name": r.ID})
			return Result{ID: r.ID, Attributes: pick(out, "Arn", "CreationDate", "LastModificationDate", "State")}, err == nil, err
		},
		Update: func(ctx context.Context, r *Request) (Result, error) {
			return Result{ID: r.ID}, r.tagARN(ctx, "scheduler", r.arn("scheduler", "schedule-group/"+r.ID))
		},
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "scheduler", "DeleteScheduleGroup", obj{"Name": r.ID})
			return forget(err)
		},
		Gone: func(ctx context.Context, r *Request) (bool, error) {
			_, err := r.do(ctx, "scheduler", "GetScheduleGroup", obj{"Name": r.ID})
			return gone(err), forget(err)
		},
	}
}
