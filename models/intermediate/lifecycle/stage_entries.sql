with

entries as (

    select
        lead_id,
        'lead' as stage,
        created_at as entered_at
    from {{ ref('resolved_leads') }}
    {% for stage in stage_names()[1:] %}
    union all
    select
        lead_id,
        '{{ stage }}' as stage,
        {{ stage }}_at as entered_at
    from {{ ref('first_stage_times') }}
    where {{ stage }}_at is not null
    {% endfor %}

)

select
    acquisitions.acquisition_channel,
    entries.stage,
    count(*) as count_leads,
    {{ month_of('entries.entered_at') }} as entry_month
from entries
inner join {{ ref('lead_acquisitions') }} as acquisitions on entries.lead_id = acquisitions.lead_id
group by acquisitions.acquisition_channel, entries.stage, {{ month_of('entries.entered_at') }}
