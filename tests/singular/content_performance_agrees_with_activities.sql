-- Whatever leads did with content stands in content_performance, rare contents too; each lead left its contact by one
-- content at most.
with

done as (

    select
        activity_type,
        count(*) as count_activities,
        min(occurred_at) as first_activity_at,
        max(occurred_at) as last_activity_at
    from {{ ref('activities') }}
    where content_name is not null and is_inbound
    group by activity_type

),

shown as (

    select
        activity_type,
        sum(count_activities) as count_activities,
        min(first_activity_at) as first_activity_at,
        max(last_activity_at) as last_activity_at
    from {{ ref('content_performance') }}
    group by activity_type

)

select
    coalesce(done.activity_type, shown.activity_type) as what,
    done.count_activities as expected,
    shown.count_activities as shown
from done
full outer join shown on done.activity_type = shown.activity_type
where
    done.count_activities is distinct from shown.count_activities
    or done.first_activity_at is distinct from shown.first_activity_at
    or done.last_activity_at is distinct from shown.last_activity_at
union all
select
    'new leads' as what,
    (select count(*) from {{ ref('contact_activities') }}) as expected,
    (select coalesce(sum(count_new_leads), 0) from {{ ref('content_performance') }}) as shown
where
    (select count(*) from {{ ref('contact_activities') }})
    <> (select coalesce(sum(count_new_leads), 0) from {{ ref('content_performance') }})
