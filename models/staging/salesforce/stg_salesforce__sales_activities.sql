{% set outcome = salesforce_field('meeting_outcome') %}
{% set activity = {'lead_source_id': 'who_id', 'owner_id': salesforce_owner()} %}
{% set unused_activity %}
case
    when not coalesce(_fivetran_active, true) then 'superseded'
    when {{ salesforce_is_deleted() }} then 'deleted_in_source'
    when coalesce(is_recurrence, false) then 'pattern_of_a_series'
    when who_id is null then 'not_of_a_lead_or_contact'
{% endset %}

with

tasks as (

    select
        tasks.*,
        lower(coalesce(case when lower(task_subtype) not in ('task', 'cadence') then task_subtype end, type, 'task'))
            as what,
        -- One that was written down on the day when it was due was done when it was written down.
        coalesce(
            completed_date_time,
            case when cast(created_date as date) = activity_date then created_date end,
            cast(activity_date as timestamp),
            created_date
        ) as done_at
    from {{ ref('base_salesforce__task') }} as tasks

),

tasks_by_kind as (

    select
        tasks.*,
        case
            when {{ contains('what', "'call'") }} then 'call'
            when {{ contains('what', "'mail'") }} then 'email'
            when {{ contains('what', "'meeting'") }} then 'meeting'
            else 'task'
        end as kind
    from tasks

),

events as (

    select
        events.*,
        coalesce(start_date_time, cast(activity_date as timestamp)) as begins_at
    from {{ ref('base_salesforce__event') }} as events

)

{# That a task is Completed says that it is done, not what came of it: a call may have reached nobody. #}
{{ contract_rows('sales_activities', 'salesforce', 'tasks_by_kind', dict(
    activity, sales_activity_id='id', kind='kind', occurred_at='done_at',
    direction="coalesce(lower(call_type), case when kind = 'email' then 'outbound' end)",
    outcome="coalesce(call_disposition, case when lower(status) <> 'completed' then status when kind = 'email' then 'sent' "
        ~ "when kind = 'meeting' then 'held' when kind = 'task' then 'done' end)"
), unused=unused_activity ~ " when not coalesce(is_closed, lower(status) = 'completed', completed_date_time is not null) "
    ~ "then 'not_done' when lower(call_type) = 'internal' then 'call_among_colleagues' end") }}
union all
{{ contract_rows('sales_activities', 'salesforce', 'events', dict(
    activity, sales_activity_id='id', kind="'meeting'", occurred_at='begins_at',
    outcome='coalesce(lower(' ~ outcome ~ "), 'held')" if outcome else "'held'"
), unused=unused_activity ~ " when coalesce(is_child, false) then 'copy_of_an_event' when begins_at > " ~ as_of()
    ~ " then 'not_yet_held' end") }}
union all
{# What was put into the calendar beforehand was booked then. #}
{{ contract_rows('sales_activities', 'salesforce', '(select * from events where created_date < begins_at and '
    ~ unused_activity ~ " when coalesce(is_child, false) then 'copy_of_an_event' end is null) as booked_events", dict(
    activity, sales_activity_id="id || '-booked'", kind="'meeting'", outcome="'booked'", occurred_at='created_date'
), count_unreadable='0') }}
