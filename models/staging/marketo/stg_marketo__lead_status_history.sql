{% set status = var('marketo_status_field') | lower %}
{% set why = letters_of(var('marketo_status_reason_field')) %}
{% set tracked = marketo_tracked_fields().keys() | list %}

with

{{ marketo_changes() }},

-- Saved together with the status, and so at the same moment.
reasons as (

    select
        lead_id,
        activity_date,
        min(new_value) as status_reason
    from changes
    where field = '{{ why }}' and field <> '' and new_value is not null
    group by lead_id, activity_date

),

explained as (

    select
        changes.*,
        reasons.status_reason
    from changes
    left join reasons on changes.lead_id = reasons.lead_id and changes.activity_date = reasons.activity_date

),

firsts as (

    select
        lead_id,
        old_value,
        activity_date
    from changes
    where field = '{{ letters_of(status) }}' and change_rank = 1

),

-- The status that a lead was created with: the one before its first change, else the one that it has.
created as (

    select
        leads.id,
        leads.created_at,
        leads.row_hash,
        leads.source_file,
        0 as count_unreadable_values,
        case
            when firsts.lead_id is not null then firsts.old_value
            else
                first_value(leads.{{ status }}) over (
                    partition by leads.id
                    order by leads.updated_at desc nulls last, leads.created_at asc, leads.row_hash asc
                    rows between unbounded preceding and unbounded following
                )
        end as first_status,
        coalesce(firsts.activity_date <= leads.created_at, false) as is_in_changes
    from {{ ref('base_marketo__lead') }} as leads
    left join firsts on leads.id = firsts.lead_id

)

{% set unused %}
    case
        when field = '{{ letters_of(status) }}' then case when new_value is null then 'emptied' end
        when field in ({{ text_list([why] + tracked) }}) then 'not_a_status_change'
        when field is not null then 'not_tracked'
    end
{% endset %}

{{ contract_rows('lead_status_history', 'marketo', 'explained', {
    'lead_source_id': 'lead_id', 'status': "case when field = '" ~ letters_of(status) ~ "' then new_value end",
    'changed_at': 'activity_date', 'reason': 'status_reason', 'changed_by': 'coalesce(modifying_user, source)',
}, unused=unused) }}
union all
{{ contract_rows('lead_status_history', 'marketo', 'created', {
    'lead_source_id': 'id', 'status': 'first_status', 'changed_at': 'created_at',
}, unused="case when is_in_changes then 'in_changes' when first_status is null then 'no_status' end") }}
